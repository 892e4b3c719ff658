"""Pictures in SVG, each with a title and a description in words; what they show also stands in text beside them."""

from __future__ import annotations

from itertools import accumulate

from domain.dashboard.markup import Html, element
from domain.dashboard.times import DAY, day
from domain.shape import seconds_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from domain.dashboard.burn_up import Point
    from domain.tracker import Tally

WIDTH = 340.0  # of every large chart, in its own units: about the pixels of a telephone
LEFT, RIGHT, TOP = 30.0, 8.0, 10.0
CURVE_HEIGHT = 150.0
LANE = 24.0
SHAPES = {
    "healed": "M-4 0A4 4 0 1 1 4 0A4 4 0 1 1-4 0Z",
    "asked": "M-4-4H4V4H-4Z",
    "escalated": "M0-5L5 0L0 5L-5 0Z",
    "stopped": "M-4-4L4 4M4-4L-4 4",
}
SEGMENTS = ("complete", "in_progress", "blocked", "deferred")


def picture(id: str, height: float, title: str, told: str, *parts: str) -> Html:
    """An SVG that says what it shows; `id` is one that no other picture of the page has."""
    names = element("title", title, id=f"{id}-title"), element("desc", told, id=f"{id}-desc")
    return element(
        "svg",
        *names,
        *parts,
        viewBox=f"0 0 {_n(WIDTH)} {_n(height)}",
        role="img",
        aria_labelledby=f"{id}-title {id}-desc",
        class_="chart",
    )


def _n(number: float) -> str:
    """A number as short as it can be; a tenth of a unit is finer than a pixel."""
    return f"{round(number, 1):g}"


def _text(said: str, x: float, y: float, *, anchor: str = "start", class_: str | None = None) -> Html:
    return element("text", said, x=_n(x), y=_n(y), text_anchor=anchor, class_=class_)


def _line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Html:
    return element("line", x1=_n(x1), y1=_n(y1), x2=_n(x2), y2=_n(y2), class_=class_)


# --- progress ---------------------------------------------------------------------------------------------------------


def bar(tally: Tally) -> Html:
    """How far something is. The words stand beside it, so that nobody needs to see it."""
    parts, x = [element("rect", x="0", y="0", width="100", height="8", class_="track")], 0.0
    for status in SEGMENTS:
        share = 100.0 * getattr(tally, status) / (tally.counted or 1)
        if share:
            parts.append(element("rect", x=_n(x), y="0", width=_n(share), height="8", class_=f"is-{status}"))
        x += share
    return element("svg", *parts, viewBox="0 0 100 8", preserveAspectRatio="none", aria_hidden="true", class_="bar")


# --- burn-up ----------------------------------------------------------------------------------------------------------


def curve(id: str, name: str, points: Sequence[Point], now: float) -> Html:
    """Tasks there were, and tasks that were complete, over time up to now."""
    times = list(accumulate((seconds_of(point.at) for point in points), max))  # a clock may have gone back
    axis = _Axis(times[0], max(now, times[-1]), max(max(point.total for point in points), 1))
    total = axis.steps(times, [point.total for point in points])
    done = axis.steps(times, [point.done for point in points])
    last = points[-1]
    told = (
        f"From {points[0].at[:10]} on: {points[0].done} of {points[0].total} tasks were complete then,"
        f" {last.done} of {last.total} are now."
    )
    area = f"{done} V{_n(axis.bottom)} H{_n(LEFT)} Z"
    return picture(
        id,
        axis.bottom + 16,
        f"Burn-up of {name}",
        told,
        *axis.grid(),
        element("path", d=area, class_="area"),
        element("path", d=total, class_="curve is-total"),
        element("path", d=done, class_="curve is-done"),
    )


class _Axis:
    """Where a time and a count lie."""

    def __init__(self, begin: float, end: float, highest: int) -> None:
        self._begin = begin
        self._span = max(end - begin, 1.0)
        self._step = _step(highest)
        self._highest = -(-highest // self._step) * self._step
        self.bottom = TOP + CURVE_HEIGHT

    def x(self, at: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (at - self._begin) / self._span

    def y(self, count: float) -> float:
        return self.bottom - CURVE_HEIGHT * count / self._highest

    def steps(self, times: Sequence[float], counts: Sequence[int]) -> str:
        """A path that stays where it is until a change, and holds its last value up to now."""
        path = [f"M{_n(self.x(times[0]))} {_n(self.y(counts[0]))}"]
        for at, count in zip(times[1:], counts[1:], strict=True):
            path.append(f"H{_n(self.x(at))}V{_n(self.y(count))}")
        return "".join([*path, f"H{_n(WIDTH - RIGHT)}"])

    def grid(self) -> list[Html]:
        counts = range(0, self._highest + 1, self._step)
        rules = [_line(LEFT, self.y(count), WIDTH - RIGHT, self.y(count), "rule") for count in counts]
        marks = [_text(str(count), LEFT - 5, self.y(count) + 3.5, anchor="end") for count in counts]
        return [*rules, *marks, *_dates(self._begin, self._begin + self._span, self.bottom + 13)]


def _step(highest: int) -> int:
    """1, 2 or 5 times a power of ten, so that there are at most four steps."""
    power = 1
    while True:
        for step in (power, 2 * power, 5 * power):
            if 4 * step >= highest:
                return step
        power *= 10


def _dates(begin: float, end: float, y: float, left: float = LEFT, right: float = WIDTH - RIGHT) -> list[Html]:
    """The first day and the last, and the middle where there is a day of its own to name."""
    named = [(left, "start", day(begin)), (right, "end", "now")]
    if end - begin >= 4 * DAY:
        named.append(((left + right) / 2, "middle", day((begin + end) / 2)))
    return [_text(said, x, y, anchor=anchor) for x, anchor, said in named]


def legend_line(kind: str) -> Html:
    line = element("path", d="M0 6H18", class_=f"curve {kind}")
    return element("svg", line, viewBox="0 0 18 12", aria_hidden="true", class_="key wide")


# --- incidents on a time line -----------------------------------------------------------------------------------------


def time_line(id: str, lanes: Sequence[tuple[str, Sequence[tuple[float, str, str]]]], begin: float, now: float) -> Html:
    """One lane for each playbook; a mark is (time, result, what is told of it). Results differ in shape, too."""
    marks = sum(len(found) for _, found in lanes)
    told = f"{marks} treatments by {len(lanes)} playbooks between {day(begin)} and now; each stands in the table below."
    bottom = LANE * len(lanes)
    drawn = [part for index, (name, found) in enumerate(lanes) for part in _lane(index, name, found, begin, now)]
    return picture(id, bottom + 17, "Incidents", told, *drawn, *_dates(begin, now, bottom + 14, 0, WIDTH))


def _lane(index: int, name: str, found: Iterable[tuple[float, str, str]], begin: float, now: float) -> list[Html]:
    y = LANE * index + 20
    span = max(now - begin, 1.0)
    base = [_line(6, y, WIDTH - 6, y, "rule"), _text(name, 0, y - 7, class_="lane")]
    return base + [mark(6 + (WIDTH - 12) * (at - begin) / span, y, result, told) for at, result, told in found]


def mark(x: float, y: float, result: str, told: str = "") -> Html:
    """A circle for healed, a square for asked, a diamond for escalated, a cross for stopped."""
    kind = result if result in SHAPES else "stopped"
    shape = element("path", d=SHAPES[kind], class_=f"mark is-{kind}")
    named = (element("title", told),) if told else ()
    return element("g", *named, shape, transform=f"translate({_n(x)} {_n(y)})")


def legend_mark(result: str) -> Html:
    return element("svg", mark(6, 6, result), viewBox="0 0 12 12", aria_hidden="true", class_="key")


# --- intervals and shares ---------------------------------------------------------------------------------------------


def interval(rate: float, low: float, high: float) -> Html:
    """A rate with what it may be, from 0 to 100 %; the figures stand beside it."""
    return element(
        "svg",
        element("line", x1="0", y1="6", x2="100", y2="6", class_="rule"),
        element("rect", x=_n(100 * low), y="4", width=_n(100 * (high - low)), height="4", class_="range"),
        element("circle", cx=_n(100 * rate), cy="6", r="3.5", class_="rate"),
        viewBox="-4 0 108 12",
        aria_hidden="true",
        class_="interval",
    )
