"""Three-way merge of trackers by identity: nothing a side made is lost, and what no rule decides waits for a person.

Laws (tests/test_merge.py): `merge(b, o, b)` is `o`, `merge(b, b, t)` is `t`, `merge(b, x, x)` is `x`; `merge(b, t, o)`
is `merge(b, o, t)` but for the names of the sides in the conflicts recorded by this merge; merging a side in again
changes nothing; every item that a side added or changed is in the result, and the result breaks no rule.
"""

from domain.merge.tree import Disagreement, Merged, merge

__all__ = ["Disagreement", "Merged", "merge"]
