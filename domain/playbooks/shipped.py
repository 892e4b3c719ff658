"""Built-in playbooks that are written in Python: those that must look in between to know how to go on."""

from __future__ import annotations

from domain.playbooks.conditions import parse
from domain.playbooks.playbook import Escalation, playbook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.playbooks.playbook import Treatment

DIVERGED = 'sync_state == "diverged"'
SLOW = "latency_p95 > latency_baseline * 1.2 and latency_p95 > 1s"


@playbook(
    priority=0,
    timeout=120,
    symptoms=('sync_state in ["behind", "diverged"]',),
    does=("fetch", "fast_forward"),
    diagnosis=("network_connectivity", "credentials_valid", "not git_busy"),
    escalate=Escalation(
        immediate=(parse(DIVERGED), parse("git_busy"), parse("files_conflicted > 0")),
        after_attempts=2,
        max_duration=7 * 86_400.0,
        recommended="Merge or rebase in git: which of the two, and what becomes of conflicts, is yours to decide.",
    ),
    tests=("F34", "F35", "F36", "F37"),
)
def heal_git_sync(treatment: Treatment) -> bool:
    """The branch is behind its upstream, or both have gone on"""
    treatment.do("fetch")
    if treatment.holds(DIVERGED) is not False:
        return False
    return treatment.do("fast_forward")


@playbook(
    priority=1,
    timeout=240,
    symptoms=("foreign_layout > 0 and latency_p95 > 200ms", "cache_excess > 0B and latency_p95 > 200ms", SLOW),
    does=("prune_caches", "lay_out"),
    diagnosis=("disk_free > 16MB", "cache_excess == 0B"),
    escalate=Escalation(
        after_attempts=2,
        max_duration=86_400.0,
        recommended="See where the time goes with wt health; a slow disk or a tracker of many megabytes stays slow.",
    ),
    tests=("F52", "F58"),
)
def heal_performance_degradation(treatment: Treatment) -> bool:
    """Commands take longer than they did"""
    if treatment.holds("cache_excess > 0B"):
        treatment.do("prune_caches")
    treatment.do("lay_out")
    return True
