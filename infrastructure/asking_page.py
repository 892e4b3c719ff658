"""Chapters of docs/HEALING.md about people: what is asked, how it is answered."""

from __future__ import annotations

from domain.playbooks.alerts import MOST_ALERTS
from domain.playbooks.escalation import load
from domain.playbooks.inquiries import DAY, TIME_TO_LIVE
from domain.playbooks.notices import CHANNELS, MOST_AN_HOUR
from infrastructure.alerting import LARGEST, ONCE_WITHIN
from infrastructure.alerting import MOST_AN_HOUR as MOST_ALERTS_AN_HOUR
from infrastructure.notifying import BUDGET, DEADLINE
from infrastructure.playbook_files import shipped_rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.playbooks.escalation import Rule

ASKING = f"""
## Asking

`wt inbox` is one list of everything that waits for a person: inquiries of healing and proposals, requests of consent,
tasks that are complete while a probe disagrees, and what two branches disagree about. An inquiry says what is wrong,
what was tried, why that was not enough, what is advised, what an approval would set free, where to read more, until
when it waits ({TIME_TO_LIVE / DAY:.0f} days) and what holds when nobody answers (no). `wt inbox --all` shows the
answered ones, too.

- `wt approve 3f2a` (any beginning of the id that fits no other) shows it and asks for a plain yes. Only a person at a
  terminal can: a script, an agent and a tool call of one are refused with exit 4, and no option changes that. In an
  agent's conversation a person types `approve inquiry 3f2a` (see [ENFORCEMENT.md](ENFORCEMENT.md)).
- What is approved is sealed with the key of consent and bound to what was asked: a line that something else writes into
  the log, changes there or carries over from another project approves nothing.
- The next `wt heal` acts on it, once; `wt approve 3f2a --now` heals at once. No command ever waits for an answer.
- An approval reaches up to R2. Where there is nothing that it could set free, it says that a person has put it right:
  wt looks, and the inquiry stays open when it is still so.
- `wt deny 3f2a --note "not before the release"` is open to everybody, for nothing is done then, and is recorded with
  the name. What was denied is not asked again while the same trouble lasts.
- The first answer stands. An inquiry whose trouble has gone is settled by itself.
- What is no question of yes or no is shown with the command that answers it.
"""


ESCALATION = """
## Escalation

A playbook says itself when a person is asked (`escalate`). Above all playbooks stand rules, built in and the project's
own in `.ecw/escalation.yaml`, committed (format: [escalation.schema.json](escalation.schema.json)). A rule is about
every trouble whose playbook speaks of the same signals. Once it holds, nothing above R1 is done about that trouble
without a person's leave, and the inquiry is at least as grave as the rule says. So a rule can only make healing
stricter: what a playbook hands to a person stays with a person, and no risk becomes lower. A rule at once that neither
a playbook nor an alarm speaks of becomes an inquiry of its own.

```yaml
escalation:
  immediate:
    - {name: too_many_circuits, symptom: circuits_open > 5, severity: CRITICAL}
  after_attempts:
    - {symptom: agent_failure, max_attempts: 2}
  time_based:
    - {symptom: git_sync_issues, max_duration: 10m}
```

The name of a built-in rule may stand for its condition, and a rule of that name replaces it. A rule that is wrong is
refused by name and line in `wt playbook validate`, and the others are used. The built-in ones, with what the
masterplan's symptoms mean here:

| symptom | means | asks | severity |
|---|---|---|---|
"""
NOTIFICATIONS = f"""
## Notifications

Every question, and what a rule at once is about though it was healed, is told: severity, symptom, attempts, actions
tried, last error, advice, documentation. The log `.ecw/state/notifications.jsonl` has all of it (the dashboard reads
it), and a person at a terminal sees one line behind the next answer, as do `wt heal`, `--show-health`, `wt health` and
an agent's session when it begins. From the severity `notify_from` on (CRITICAL) it goes outside, too:

| channel | told by |
|---|---|
{{channels}}
A channel is told one trouble once in `notify_every` seconds and {MOST_AN_HOUR} in all an hour; each has {DEADLINE:.0f}
seconds, all of them {BUDGET:.0f} in one run. What could not be told is logged and shown by `wt heal`; it changes
neither an answer nor an exit code.
"""
ALERTS = f"""
## Alerts

`wt heal --alert -` takes an alert as JSON on standard input (`--alert FILE`: from a file), one object or a list:

```json
{{"source": "ci", "symptom": "pages_stale > 0", "severity": "warning", "labels": {{"host": "b"}}, "values": {{"n": 3}}}}
```

`symptom` is a condition, the name of a playbook or of an escalation rule, or any text; `playbook` names one; `status`
may be `resolved`, and then nothing is done. What Alertmanager posts to a webhook is taken as it is: `alertname` is the
symptom, the labels `wt_playbook` and `wt_symptom` say it more exactly. An alert is a reason to look, never a fact: the
playbooks that look at the same signals do, and act only on what they see; values are kept for people. What no playbook
is made for becomes an inquiry, asked once. The same alert within {ONCE_WITHIN:.0f} seconds is one,
{MOST_ALERTS_AN_HOUR} in an hour are all, and a document has at most {LARGEST >> 20} MB and {MOST_ALERTS} alerts.
"""


def chapters() -> str:
    """What stands behind the guards."""
    rules, _ = load([shipped_rules()])
    told = "".join(f"| `{rule.name}` | `{rule.symptom.text}` | {_when(rule)} | {rule.severity} |\n" for rule in rules)
    channels = "".join(f"| {name} | {how} |\n" for name, how in CHANNELS.items())
    return ASKING + ESCALATION + told + NOTIFICATIONS.format(channels=channels) + ALERTS


def _when(rule: Rule) -> str:
    if rule.when == "after_attempts":
        return f"after {rule.max_attempts} attempts"
    return f"after {rule.max_duration:g} s" if rule.when == "time_based" else "at once"
