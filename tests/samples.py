"""Trackers for tests: a rich one that uses every field, and factories that say only what matters."""

from __future__ import annotations

from typing import Any

from domain.tracker import (
    Check,
    Conflict,
    Criterion,
    Evidence,
    Note,
    Phase,
    Rows,
    Subtask,
    Task,
    Tracker,
    Verified,
)

NOW = "2026-01-12T09:30:00Z"


def task(
    number: int, title: str = "", status: str = "pending", *, uid: str = "", **fields: Any
) -> Task:  # Any: fields of Task
    """A task with this number; everything else has a default."""
    return Task(
        number=number,
        uid=uid or f"task-{number:04d}",
        title=title or f"Task {number}",
        status=status,
        created_at=NOW,
        updated_at=NOW,
        **fields,
    )


def phase(number: int, *tasks: Task, title: str = "", **fields: Any) -> Phase:  # Any: fields of Phase
    """A phase that holds these tasks."""
    return Phase(
        number=number,
        uid=f"phase-{number:03d}",
        title=title or f"Phase {number}",
        tasks_issued=max((task.number for task in tasks), default=0),
        tasks=Rows(tasks),
        **fields,
    )


def tracker(*phases: Phase, title: str = "Demo", **fields: Any) -> Tracker:  # Any: fields of Tracker
    """A tracker that holds these phases."""
    return Tracker(
        uid="tracker-demo",
        title=title,
        created_at=NOW,
        phases_issued=max((phase.number for phase in phases), default=0),
        phases=phases,
        **fields,
    )


def tracker_with(*ids: str, **fields: Any) -> Tracker:  # Any: fields of Task
    """A tracker that holds the tasks `"1.1"`, `"1.2"` …, and their phases; the fields go to every task."""
    numbers: dict[int, list[int]] = {}
    for id in ids:
        phase_number, _, number = id.partition(".")
        numbers.setdefault(int(phase_number), []).append(int(number))
    return tracker(*(_plain_phase(number, tasks, fields) for number, tasks in numbers.items()))


def _plain_phase(number: int, tasks: list[int], fields: dict[str, Any]) -> Phase:  # Any: fields of Task
    rows = [task(n, f"Task {number}.{n}", uid=f"task-{number:02d}-{n:03d}", **fields) for n in tasks]
    return phase(number, *rows)


def large_tracker(tasks: int, per_phase: int = 50) -> Tracker:
    """Many plain tasks."""
    ids = (f"{index // per_phase + 1}.{index % per_phase + 1}" for index in range(tasks))
    return tracker_with(*ids)


def rich_tracker() -> Tracker:
    """Every field and every status, as a team would really fill them."""
    return tracker(
        _foundations(),
        _payments(),
        _rollout(),
        phase(4, title="Retrospective", description="What we would do again, what we would not."),
        title="Payment rework",
        initiative=20,
        evidence_issued=7,
        overview=(
            "Cards are charged by a script that nobody dares to touch. This plan replaces it with a service\n"
            "that retries safely and leaves a trail.\n"
            "\n"
            "Out of reach for now:\n"
            "- refunds across currencies\n"
            "- the old invoice archive"
        ),
    )


def _foundations() -> Phase:
    return phase(
        1,
        task(
            1,
            "Write down how the script behaves today",
            "complete",
            uid="behaviour",
            assignee="dana",
            due="2026-01-09",
            started_at="2026-01-05T09:00:00Z",
            completed_at="2026-01-08T15:00:00Z",
            evidence=(
                Evidence(
                    "E1",
                    "file_reference",
                    "docs/payments/today.md",
                    "2026-01-08T14:55:00Z",
                    "dana",
                    commit="4f9c2ab81d7e",
                    sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                    verified=Verified("2026-01-08T16:10:00Z", "lee"),
                ),
            ),
        ),
        task(
            2,
            "Pin the ledger schema",
            "complete",
            uid="ledger-schema",
            assignee="lee",
            labels=("database",),
            completed_at="2026-01-09T10:00:00Z",
            evidence=(
                Evidence(
                    "E2",
                    "command_output",
                    "12 passed in 0.84s",
                    "2026-01-09T09:58:00Z",
                    "lee",
                    command="pytest tests/ledger -q | tail -1",
                    exit_code=0,
                    duration_ms=1840,
                    commit="c0ffee254729296a45a3885639ac7e10f9d54979",
                ),
            ),
        ),
        task(3, "Choose a queue", "cancelled", uid="queue-choice", status_reason="the platform team already runs one"),
        title="Foundations",
    )


def _payments() -> Phase:
    return phase(
        2,
        task(
            1,
            "Charge a card exactly once",
            "in_progress",
            uid="charge-once",
            priority="critical",
            assignee="dana",
            labels=("api", "idempotency"),
            due="2026-01-20",
            estimate="3d",
            started_at="2026-01-10T08:00:00Z",
            description="A retry must find the first attempt.\nThe key is the order number, never the time.",
            depends_on=("behaviour", "ledger-schema"),
            subtasks_issued=3,
            subtasks=(
                Subtask(1, "sub-key-1", "Derive the idempotency key", True),
                Subtask(2, "sub-key-2", "Store the first answer for 24 hours", True, ("2.4.1",)),
                Subtask(3, "sub-key-3", "Answer a repeated request from the store", False),
            ),
            criteria=(
                Criterion("Two identical requests charge once", True),
                Criterion("A crash between charge and answer charges once", True),
                Criterion("The key survives a redeploy", False),
            ),
            verify=(Check("command", "pytest tests/charge -q"), Check("file", "docs/payments/idempotency.md")),
            evidence=(
                Evidence(
                    "E3",
                    "command_output",
                    "\n".join(f"tests/charge/test_retry.py::test_case_{n} PASSED" for n in range(1, 15))
                    + "\n\n14 passed, 1 skipped in 6.21s",
                    "2026-01-11T17:00:00Z",
                    "dana",
                    command="pytest tests/charge -v",
                    exit_code=0,
                    duration_ms=6210,
                    verified=Verified("2026-01-11T18:30:00Z", "lee"),
                ),
                Evidence(
                    "E4",
                    "manual_note",
                    "Pulled the plug between charge and answer, five times.\nThe ledger held one line each time.",
                    "2026-01-11T17:20:00Z",
                    "dana",
                    was=("E2",),
                ),
            ),
            notes=(
                Note("2026-01-10T12:00:00Z", "lee", "The provider keeps its own key for 24 hours only."),
                Note(
                    "2026-01-11T09:00:00Z",
                    "dana",
                    "Two ways out:\n1. keep our own copy\n2. refuse retries after a day\n\nDecided for the first.",
                ),
            ),
        ),
        task(
            2,
            "Refund through the same door",
            "blocked",
            uid="refund-door",
            priority="high",
            assignee="sam",
            due="2026-01-27",
            depends_on=("charge-once",),
            status_reason="waiting for the provider's sandbox",
            conflicts=(Conflict("status", "blocked", "in_progress", at=NOW),),
        ),
        task(3, "Write the runbook", "deferred", uid="the-runbook", was=("1.4",), labels=("docs",)),
        task(
            4, "Escape *every* title: | rows, <b>HTML</b>, [links](http://x.example), #7 and @dana", uid="escape-titles"
        ),
        title="Payments",
        description="One door for money: everything that charges or refunds goes through it.",
        was=("3",),
    )


def _rollout() -> Phase:
    return phase(
        3,
        task(1, "Mirror one percent of the traffic", uid="mirror-some", depends_on=("charge-once", "refund-door")),
        task(2, "Switch over", uid="switch-over", due="2026-02-10", depends_on=("mirror-some",)),
        title="Rollout",
    )
