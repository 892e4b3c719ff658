"""docs/HEALING.md, printed from the tables that healing itself works by."""

from __future__ import annotations

from domain.playbooks import guards, learning
from domain.playbooks.actions import ACTIONS, LEFT_OUT, RISKS, ROLLBACKS
from domain.playbooks.metrics import KINDS, METRICS
from domain.playbooks.outcomes import RESULTS
from infrastructure import asking_page, learning_page
from infrastructure.ahead_page import looking_ahead, upkeep
from infrastructure.playbook_files import built_in
from infrastructure.selftest.record import chapter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.playbooks.playbook import Playbook

INTRODUCTION = """# Healing

Printed by `wt docs healing`. `wt heal` looks at everything that a playbook is made for, treats what is wrong and says
what it did; `wt heal --plan` shows the same and touches nothing. A healthy command pays nothing for it.

## One treatment

1. A playbook's symptom is known to be there; what is unknown is not taken for true, nor for false.
2. Its diagnosis is looked at and told; what is for a person from the start goes to a person.
3. Stage by stage: copies are taken, one action is done, everything that was in the trackers must still be there, and
   the symptom is looked at again. A stage that did not help is taken back, digest for digest; the next one is tried.
4. What nothing helps with, or may not be done unasked, becomes an inquiry: it waits for an answer and blocks nothing.
5. The outcome stands in `.ecw/state/outcomes.jsonl`, one line each, only ever added to: `wt playbook history`.

A playbook is a YAML file in `.ecw/playbooks/`, committed with the project, or built in. Its format:
[playbook.schema.json](playbook.schema.json); `wt playbook validate` says what is wrong with one, by file and line, and
the others are used. A file of the project replaces the built-in playbook of the same id by an equal or higher version.

```yaml
playbook:
  id: page_drift_at_night
  version: 1
  symptoms: pages_stale > 0
  when: {condition: disk_free > 100MB, for: 30s}
  remediation:
    primary:
      - action: redraw_pages
      - validate: pages_stale == 0
  throttle: {once_within: 10m}
```

Conditions compare signals: `<` `<=` `>` `>=` `==` `!=`, `in [..]`, `and`, `or`, `not`, brackets, `30s` `5m` `2h` `7d`,
`64KB` `200MB` `2GB`, and a factor behind a signal (`latency_baseline * 1.2`).
"""
GUARDS = f"""
## What keeps it from doing harm

- One healer at a time; who comes second yields at once. `wt heal --stop` ends one that is under way before its next
  action, `wt heal --resume` lets healing go on.
- An action that finds nothing to work on does nothing. One that finds more than it may touch, or something outside its
  scope, asks.
- A state that was acted upon before in the same run has come back: everything stops.
- {guards.PER_HOUR} treatments of one trouble an hour and {guards.PER_DAY} in all a day; then healing is off for
  {guards.PAUSE / guards.HOUR:.0f} hours and says so.
- {guards.MANY} troubles at once: only the one that lies deepest is treated, then everything is looked at again; if
  there are not fewer by then, everything stops.
- The {guards.RECURRING}rd heal of one trouble within seven days opens a task about its root cause.
- R2 goes unattended only where the setting `heal_unattended` allows it and the action proves that nothing is lost, or
  the playbook is known to help in at least {guards.CONFIDENT:.0%} (lower Wilson bound, one-sided, 95 %; evidence from
  elsewhere counts for at most {learning.MOST_PRIOR} treatments). R3 never does, and nothing can lower an action's risk.
"""


def page() -> str:
    """The whole page."""
    playbooks = built_in().playbooks
    return "".join(
        (
            INTRODUCTION,
            GUARDS,
            asking_page.chapters(),
            looking_ahead(),
            upkeep(),
            _table("Risks", ("risk", "means"), RISKS.items()),
            _table("Taking back", ("rollback", "means"), ROLLBACKS.items()),
            _table("Results", ("result", "means"), RESULTS.items()),
            _table("Playbooks", ("playbook", "for", "symptoms", "does", "risk"), map(_playbook, playbooks)),
            _table("Signals", ("signal", "kind", "layer", "means"), map(_signal, METRICS)),
            _table("Kinds", ("kind", "written"), KINDS.items()),
            _table("Actions", ("action", "risk", "means", "at most", "taken back"), map(_action, ACTIONS)),
            learning_page.chapter(),
            _table("What is not done", ("left out", "because"), LEFT_OUT.items()),
            chapter(),
        )
    )


def _playbook(playbook: Playbook) -> tuple[str, ...]:
    steps = [f"`{step.action}`" for stage in playbook.stages for step in stage.steps]
    symptoms = [f"`{symptom.text}`" for symptom in playbook.symptoms]
    does = ", ".join(dict.fromkeys(steps)) or "asks a person"
    return f"`{playbook.id}`", playbook.title, "; ".join(symptoms), does, playbook.tier


def _signal(name: str) -> tuple[str, ...]:
    metric = METRICS[name]
    texts = f" ({', '.join(metric.texts)})" if metric.texts else ""
    return f"`{name}`", metric.kind, metric.layer, f"{metric.meaning}{texts}"


def _action(name: str) -> tuple[str, ...]:
    action = ACTIONS[name]
    proof = "; proven" if action.proven else ""
    return f"`{name}`", action.risk + proof, action.meaning, f"{action.cap} in {action.timeout:g} s", action.rollback


def _table(title: str, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in (head, *rows)]
    return "\n".join([f"\n## {title}\n", lines[0], f"|{'---|' * len(head)}", *lines[1:], ""])
