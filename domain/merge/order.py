"""The order of a list that two sides changed: symmetric, so that it does not matter who merges whom."""

from __future__ import annotations

from bisect import bisect_left

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable
    from typing import TypeVar

    K = TypeVar("K", bound=Hashable)
    Key = Callable[[K], tuple[str, str]]
    Runs = dict[K | None, list[K]]  # what follows an item of the spine; what leads the list stands under None


def merged_order(
    base: Iterable[K], ours: Iterable[K], theirs: Iterable[K], kept: Collection[K], key: Key[K]
) -> list[K]:
    """`kept` in order: what nobody moved stays; what a side moved or added stands behind its neighbour of that side."""
    before, one, two = _only(base, kept), _only(ours, kept), _only(theirs, kept)
    common = {*before} & {*one} & {*two}
    moved, moved_too = _moved(_only(before, common), one), _moved(_only(before, common), two)
    stays = common - moved - moved_too
    spine = [item for item in before if item in stays]
    first, second = _runs(one, moved_too - moved, stays), _runs(two, moved - moved_too, stays)
    _settle(first, second, spine)
    return _strung(spine, first, second, lambda run, other: _together(run, other, key))


def _only(sequence: Iterable[K], kept: Collection[K]) -> list[K]:
    return [item for item in dict.fromkeys(sequence) if item in kept]


def _moved(before: list[K], after: list[K]) -> set[K]:
    """The fewest items that must have been moved for this order to come about (the rest is a longest rising run)."""
    place = {item: at for at, item in enumerate(before)}
    common = [item for item in after if item in place]
    ends: list[int] = []  # place of the lowest item that can end a run of each length
    lengths = []
    for item in common:
        length = bisect_left(ends, place[item])
        ends[length : length + 1] = [place[item]]
        lengths.append(length)
    wanted, stays = len(ends) - 1, set()
    for item, length in zip(reversed(common), reversed(lengths), strict=True):
        if length == wanted:
            stays.add(item)
            wanted -= 1
    return {*common} - stays


def _runs(sequence: list[K], left_out: set[K], spine: set[K]) -> Runs[K]:
    """What a side put behind each item of the spine; what only the other side moved is left out."""
    found: Runs[K] = {}
    anchor: K | None = None
    for item in sequence:
        if item in spine:
            anchor = item
        elif item not in left_out:
            found.setdefault(anchor, []).append(item)
    return found


def _settle(first: Runs[K], second: Runs[K], spine: list[K]) -> None:
    """What both sides put somewhere, in two places, stands in the one further down."""
    place: dict[K | None, int] = {item: at for at, item in enumerate(spine)} | {None: -1}
    anchors = [{item: anchor for anchor, run in runs.items() for item in run} for runs in (first, second)]
    for item in anchors[0].keys() & anchors[1].keys():
        one, two = anchors[0][item], anchors[1][item]
        if one != two:
            runs, anchor = (first, one) if place[one] < place[two] else (second, two)
            runs[anchor].remove(item)


def _strung(spine: list[K], first: Runs[K], second: Runs[K], join: Callable[[list[K], list[K]], list[K]]) -> list[K]:
    order = join(first.get(None, []), second.get(None, []))
    for item in spine:
        order += [item, *join(first.get(item, []), second.get(item, []))]
    return order


def _together(one: list[K], two: list[K], key: Key[K]) -> list[K]:
    """Two runs as one, each in its own order; what both hold in two orders goes by the key."""
    both = {*one} & {*two}
    shared = _only(one, both)
    if shared != _only(two, both):
        shared.sort(key=key)
    first, second = _runs(one, set(), both), _runs(two, set(), both)
    return _strung(shared, first, second, lambda run, other: _zipped(run, other, key))


def _zipped(ours: list[K], theirs: list[K], key: Key[K]) -> list[K]:
    """Both as one, each in its own order, the smaller key first."""
    left, right, made = ours[::-1], theirs[::-1], []
    while left and right:
        made.append((left if key(left[-1]) <= key(right[-1]) else right).pop())
    return [*made, *left[::-1], *right[::-1]]
