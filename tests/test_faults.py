"""Every kind of fault at the edge: what is seen, said and done about it, and that nothing else changes. Controls, too."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import WT, Project
from tests.faults import (
    DOWN,
    PUSH,
    Say,
    calls,
    cut,
    noted,
    nothing_else_changes,
    script,
    shim,
    tracked,
    unprovable,
)

LOCKS = Path("/proc/locks")


# --- the same, with more that can go wrong ----------------------------------------------------------------------------


def test_a_write_that_took_effect_and_then_timed_out_is_not_done_twice(plan: Project, say: Say) -> None:
    before = len(plan.tracker("my-project")["phases"][4]["tasks"])
    code, reply, shown = say("add task to phase 5: Once", after=True)
    assert (code, reply["outcome"]) == (0, "changed") and 'Task 5.5 "Once" added.' in shown
    assert len(plan.tracker("my-project")["phases"][4]["tasks"]) == before + 1


def test_a_second_attempt_makes_the_item_that_the_first_would_have_made(plan: Project, say: Say) -> None:
    say("add task to phase 5: Once")
    tasks = plan.tracker("my-project")["phases"][4]["tasks"]
    assert [task["title"] for task in tasks].count("Once") == 1
    assert len({task["uid"] for task in tasks}) == len(tasks)


def test_what_fails_every_time_gives_up_with_the_original_error_and_changes_nothing(plan: Project, say: Say) -> None:
    before = plan.path("my-project.json").read_bytes(), plan.path("my-project.md").read_bytes()
    code, reply, shown = say("mark task 5.3 complete", times=99, show_health=True)
    assert code == 1 and "timed out" in reply["message"] and reply["hint"]
    assert shown.splitlines()[:5] == [
        "✓ Attempt 1: Timeout (network)",
        "✓ Recovery: Exponential backoff retry",
        "✓ Attempt 2: Timeout (network)",
        "✓ Attempt 3: Timeout (network)",
        "✗ Recovery: Gave up after 3 attempts",
    ]
    assert "Health: UNHEALTHY (0.0% success rate)" in shown
    assert (plan.path("my-project.json").read_bytes(), plan.path("my-project.md").read_bytes()) == before


def test_what_was_given_up_is_known_and_listed(plan: Project, say: Say) -> None:
    say("mark task 5.3 complete", times=99)
    shown = plan.say("show escalations")
    assert "1 escalation:" in shown.out and "Timeout (network)" in shown.out and "Check the network" in shown.out
    errors = plan.json("show errors")["data"]["errors"]
    assert [(each["operation"], each["category"], each["outcome"]) for each in errors] == [
        ("set_status", "TRANSIENT", "escalated")
    ]
    figures = plan.json("healing statistics")["data"]
    assert figures["by_category"]["TRANSIENT"]["escalated"] == 1


def test_a_bug_behind_the_store_is_handed_over_with_its_context(plan: Project, say: Say) -> None:
    """UNKNOWN | Unclassified | Escalate with context"""
    code, reply, _ = say("mark task 5.3 complete", times=99, error=RuntimeError("the flux is reversed"))
    assert code == 1 and "the flux is reversed" in reply["message"]
    context = plan.json("show escalations")["data"]["escalations"][0]["context"]
    assert (context["error"], context["text"]) == ("RuntimeError", "the flux is reversed")


def test_without_self_healing_nothing_is_tried_twice_and_nothing_put_right(plan: Project) -> None:
    done = plan.say("--no-self-healing", "update task 1.1 status to DONE")
    assert (done.code, done.out) == (2, "") and "Invalid status 'DONE'" in done.err
    assert plan.task("1.1", "my-project")["status"] == "pending"
    assert not (plan.folder / ".ecw" / "state" / "healing.jsonl").exists()


@pytest.fixture
def locked(plan: Project) -> Iterator[subprocess.Popen[str]]:
    """A second process holds the writer's lock until its standard input closes."""
    plan.do("show progress")
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import fcntl,sys\nf=open('.ecw/lock','a')\nfcntl.flock(f,2)\nprint('held',flush=True)\nsys.stdin.read()",
        ],
        cwd=plan.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None and holder.stdin is not None
    assert holder.stdout.readline() == "held\n"
    yield holder
    holder.stdin.close()
    holder.wait(10)
    holder.stdout.close()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EINTR, "Interrupted call"),
        (errno.EBUSY, "The file is in use"),
        (errno.ETIMEDOUT, "Timeout (network)"),
        (errno.ESTALE, None),
    ],
)
def test_a_call_that_the_system_breaks_off_is_made_again(say: Say, number: int, words: str | None) -> None:
    code, reply, _ = say("mark task 5.3 complete", error=OSError(number, os.strerror(number)))
    told = [step["line"] for step in reply["healing"]]
    if words is None:  # nothing known: told, kept, never tried at random
        assert code == 1 and told[0].startswith("✓ Issue: OSError") and told[1].startswith("✗ Escalated")
        return
    assert code == 0
    assert told == [f"✓ Attempt 1: {words}", "✓ Recovery: Exponential backoff retry", "✓ Attempt 2: Success"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "Disk full"),
        (errno.EDQUOT, "Disk full"),
        (errno.EROFS, "The disk is read-only"),
        (errno.EIO, "The disk failed"),
        (errno.EACCES, "Permission denied"),
        (errno.EMFILE, "Out of memory or file handles"),
    ],
)
def test_what_time_cannot_mend_is_told_at_once_and_not_tried_again(
    plan: Project, say: Say, number: int, words: str
) -> None:
    plan.do("show progress")  # a first look remembers the file's signature
    with nothing_else_changes(plan):
        code, reply, _ = say("mark task 5.3 complete", times=99, error=OSError(number, os.strerror(number)))
    assert code == 1 and reply["hint"]
    assert [step["step"] for step in reply["healing"]] == ["Issue", "Escalated"]
    assert reply["healing"][0]["text"] == words


def test_a_dry_run_shows_the_same_steps_and_keeps_nothing(plan: Project) -> None:
    plan.do("show progress")
    with nothing_else_changes(plan):
        rehearsed = plan.json("--dry-run", "update task 1.1 status to DONE")
    assert not (plan.folder / ".ecw" / "state" / "healing.jsonl").exists()
    done = plan.json("update task 1.1 status to DONE")
    assert rehearsed["healing"] == done["healing"] != []
    assert (rehearsed["outcome"], rehearsed["changes"]) == (done["outcome"], done["changes"])
    assert plan.json("health")["data"]["operations"] == 2


# --- faults made outside, and controls without a fault ----------------------------------------------------------------


def test_a_lock_held_past_the_deadline_is_told_and_waited_for_once(
    plan: Project, locked: subprocess.Popen[str]
) -> None:
    before = tracked(plan)
    began = time.monotonic()
    done = plan.wt("--json", "mark task 5.3 complete", env={"WT_LOCK_TIMEOUT": "0.3"})
    assert (done.code, done.reply["outcome"]) == (75, "busy") and time.monotonic() - began < 5
    assert [step["line"] for step in done.reply["healing"]] == [
        "✓ Issue: Another command holds the lock",
        "✗ Escalated: Try again in a moment.",
    ]
    assert tracked(plan) == before


@pytest.mark.skipif(not LOCKS.exists(), reason="only Linux tells who waits for a lock")
def test_a_lock_that_is_held_long_but_given_back_in_time_sees_no_action(
    plan: Project, locked: subprocess.Popen[str]
) -> None:
    child = subprocess.Popen(
        [sys.executable, WT, "--json", "mark task 5.3 complete"],
        cwd=plan.folder,
        env=plan.env | {"WT_LOCK_TIMEOUT": "60"},
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while not any("->" in line and f" {child.pid} " in line for line in LOCKS.read_text().splitlines()):
        assert child.poll() is None and time.monotonic() < deadline
    assert locked.stdin is not None
    locked.stdin.close()
    reply = json.loads(child.communicate(timeout=30)[0])
    assert (reply["outcome"], reply["healing"]) == ("changed", [])
    assert plan.json("show errors")["data"]["errors"] == []


def test_healthy_commands_see_no_action_and_leave_no_record(plan: Project) -> None:
    for sentence in ("show progress", "mark task 5.3 complete", "what is next?", "sync", "add task to phase 1: More"):
        assert plan.json(sentence)["healing"] == []
    assert not (plan.folder / ".ecw" / "state" / "healing.jsonl").exists()


def test_a_broken_file_is_handed_to_a_person_untouched(plan: Project) -> None:
    """CORRUPTION | Checksum mismatch, invalid JSON"""
    unprovable(plan)
    before = tracked(plan)
    done = plan.wt("--json", "--show-health", "mark task 5.3 complete")
    assert (done.code, done.reply["outcome"]) == (5, "broken")
    assert done.reply["healing"][0]["line"] == "✓ Issue: The JSON cannot be read"
    assert done.reply["health"]["status"] == "CRITICAL"
    assert tracked(plan) == before
    assert plan.say("health").code == 1


def test_a_broken_file_is_repaired_from_what_can_be_proven_and_the_steps_are_shown(plan: Project) -> None:
    """CORRUPTION → REPAIR from backup"""
    cut(plan)
    done = plan.wt("mark task 5.3 complete")
    lines = done.out.splitlines()
    assert done.code == 0 and lines[0].startswith("✓ Issue: docs/plans/my-project.json")
    assert lines[1].startswith("✓ Recovery: Repaired: the last saved state is back, from")
    assert lines[2:4] == ["", "Task 5.3 marked complete."]
    assert plan.json("healing statistics")["data"]["by_strategy"]["REPAIR"]["recovered"] == 1


@pytest.mark.parametrize(
    "words", [["sync"], ["regenerate"], ["doctor", "--fix"], ["undo"], ["restore", "3"], ["adopt"]]
)
def test_whoever_repairs_a_broken_file_on_the_way_shows_the_steps_and_leaves_a_record(
    plan: Project, words: list[str]
) -> None:
    if words == ["adopt"]:
        page = plan.path("my-project.md")
        page.write_text(page.read_text().replace("Step 3", "Step three"))
    cut(plan)
    reply = plan.json(*words)
    assert reply["ok"]
    told = [step["line"] for step in reply["healing"]][:2]
    assert "my-project.json is damaged" in told[0] and told[1].startswith("✓ Recovery: Repaired: the last saved")
    assert not any("is back" in warning for warning in reply["data"].get("warnings", ()))
    errors = plan.json("show errors")["data"]["errors"]
    assert ("CORRUPTION", "recovered") in [(error["category"], error["outcome"]) for error in errors]


@pytest.mark.parametrize("words", [["doctor", "--fix"], ["restore"], ["restore", "2"], ["validate"]])
def test_subcommands_are_operations_too(plan: Project, words: list[str]) -> None:
    plan.say(*words)
    assert plan.json("health")["data"]["operations"] == 1


@pytest.mark.parametrize(
    "words", [["health"], ["doctor"], ["show errors"], ["show escalations"], ["healing statistics"]]
)
def test_looking_at_health_does_not_better_it(plan: Project, words: list[str]) -> None:
    plan.say(*words)
    assert plan.json("health")["data"]["operations"] == 0


def test_a_subcommand_that_meets_a_held_lock_is_told_as_a_sentence_is(
    plan: Project, locked: subprocess.Popen[str]
) -> None:
    done = plan.wt("--json", "restore", "2", env={"WT_LOCK_TIMEOUT": "0.2"})
    assert (done.code, [step["step"] for step in done.reply["healing"]]) == (75, ["Issue", "Escalated"])
    assert plan.json("show errors")["data"]["errors"][0]["operation"] == "restore"


def test_a_future_schema_can_be_read_and_is_never_written(plan: Project) -> None:
    path = plan.path("my-project.json")
    path.write_text(path.read_text().replace('"schema_version":1', '"schema_version":2'))
    before = tracked(plan)
    done = plan.wt("--json", "mark task 5.3 complete")
    assert done.code == 1 and tracked(plan) == before
    assert "newer version" in done.reply["healing"][0]["line"]


def test_permissions_are_told_and_not_tried_again(plan: Project) -> None:
    """RESOURCE | File not found, permission | Escalate to user"""
    (plan.folder / ".ecw" / "lock").unlink(missing_ok=True)
    (plan.folder / ".ecw" / "lock").mkdir()  # what not even the superuser can open for writing
    before = tracked(plan)
    reply = plan.wt("--json", "mark task 5.3 complete").reply
    assert (reply["outcome"], [step["step"] for step in reply["healing"]]) == ("invalid", ["Issue", "Escalated"])
    assert tracked(plan) == before


@pytest.fixture
def full_disk(plan: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The plan on a file system without a free byte; skipped where mounting is not allowed."""
    disk = tmp_path_factory.mktemp("disk")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        project = plan.copied_to(disk)
        with pytest.raises(OSError, match="No space"), (disk / "ballast").open("wb", buffering=0) as ballast:
            while ballast.write(b"x" * 4096):
                pass
        yield project
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_a_full_disk_is_handed_over_with_what_to_do_and_nothing_changes(full_disk: Project) -> None:
    """RESOURCE → ESCALATE to user"""
    before = tracked(full_disk)
    reply = full_disk.wt("--json", "mark task 5.3 complete").reply
    assert [step["line"] for step in reply["healing"]] == [
        "✓ Issue: Disk full",
        "✗ Escalated: Free some space, then repeat the command.",
    ]
    assert tracked(full_disk) == before
    (full_disk.folder / "ballast").unlink()
    assert full_disk.json("mark task 5.3 complete")["healing"] == []


@pytest.mark.parametrize(
    ("said", "category", "words", "tries"),
    [
        ("fatal: Could not resolve host: example.org", "TRANSIENT", "Remote unreachable", 3),
        ("fatal: The requested URL returned error: 503", "TRANSIENT", "The service answered 503", 3),
        ("fatal: The requested URL returned error: 429", "TRANSIENT", "Rate limit", 3),
        (
            "fatal: Unable to create '.git/index.lock': File exists.",
            "TRANSIENT",
            "Another git command holds index.lock",
            3,
        ),
        ("fatal: Authentication failed for 'https://example.org/'", "RESOURCE", "Credentials expired or refused", 1),
        ("! [rejected] main -> main (fetch first)", "VALIDATION", "Rejected (the remote has newer work)", 1),
        ("fatal: loose object 12ab is corrupt", "CORRUPTION", "A git object is damaged", 1),
        ("fatal: nobody ever saw this", "UNKNOWN", "CalledProcessError", 1),
    ],
)
def test_a_git_that_answers_128_is_understood(plan: Project, said: str, category: str, words: str, tries: int) -> None:
    """| TRANSIENT | Timeout, 503, rate limit | Retry with backoff | …"""
    env = shim(plan, f'echo "{said}" >&2; exit 128')
    with nothing_else_changes(plan):
        done = script(plan, PUSH, **env)
    lines = done.out.splitlines()
    assert lines[0].startswith((f"✓ Attempt 1: {words}", f"✓ Issue: {words}"))
    assert lines[-1] == f"CalledProcessError {category}"
    assert calls(plan) == tries
    (error,) = plan.json("show errors")["data"]["errors"]
    assert (error["category"], error["outcome"]) == (category, "rejected" if category == "VALIDATION" else "escalated")


def test_a_remote_that_times_out_is_asked_again_and_a_blip_heals(plan: Project) -> None:
    body = f'[ "$(wc -l < {plan.folder}/bin/calls)" -gt 1 ] && exit 0; exec sleep 60'
    env = shim(plan, body)
    with nothing_else_changes(plan):
        done = script(plan, PUSH, **env)
    assert done.out.splitlines() == [
        "✓ Attempt 1: Timeout (network)",
        "✓ Recovery: Exponential backoff retry",
        "✓ Attempt 2: Success",
        "NoneType ",
    ]


def test_a_git_that_is_slow_but_answers_in_time_sees_no_action(plan: Project) -> None:
    env = shim(plan, "exec sleep 0.2")
    with nothing_else_changes(plan):
        assert script(plan, PUSH, **env).out.splitlines() == ["NoneType "]
    assert calls(plan) == 1 and not (plan.folder / ".ecw" / "state" / "healing.jsonl").exists()


def test_a_blip_alone_opens_no_circuit_and_makes_nobody_ill(plan: Project) -> None:
    noted(plan, *[True] * 19)
    script(plan, PUSH, WT_RETRY_MAX="1", **shim(plan, DOWN))
    script(plan, PUSH, **shim(plan, "exit 0"))
    health = plan.json("health")["data"]
    assert (health["status"], health["failures"]) == ("HEALTHY", 1)
    assert [(each["state"], each["failures"]) for each in health["circuits"]] == [("CLOSED", 0)]


def test_a_git_that_works_sees_no_action(plan: Project) -> None:
    done = script(plan, PUSH, **shim(plan, "exit 0"))
    assert done.out.splitlines() == ["NoneType "] and calls(plan) == 1
    assert not (plan.folder / ".ecw" / "state" / "healing.jsonl").exists()


# --- Circuit breaker protection ---------------------------------------------------------------------------------------


def test_an_open_circuit_says_what_the_guide_prints(plan: Project) -> None:
    """⚠ Circuit OPEN: Operations paused (retry in 60s)"""
    env = shim(plan, DOWN) | {"WT_RETRY_MAX": "1"}
    for _ in range(5):
        script(plan, PUSH, **env)
    assert calls(plan) == 5
    told = script(plan, PUSH + "print(outcome.error)", **env).out.splitlines()
    assert told[-1] == "⚠ Circuit OPEN: Operations paused (retry in 60s)"
    assert calls(plan) == 5
    shown = plan.say("--show-health", "show progress").out
    assert "the circuit of git.remote:origin is OPEN for 60 s more" in shown


def test_an_open_circuit_never_stands_in_the_way_of_the_tracker(plan: Project) -> None:
    plan.do("isolate circuit git.remote:origin")
    refused = plan.say("isolate the circuit of tracker")
    assert refused.code == 2 and "never paused" in refused.err
    assert plan.say("mark task 5.3 complete").code == 0


def test_a_circuit_is_tested_after_its_timeout_and_closes_on_success(plan: Project) -> None:
    """OPEN → HALF_OPEN after timeout · HALF_OPEN → CLOSED on success, → OPEN on failure"""
    env = shim(plan, DOWN) | {"WT_RETRY_MAX": "1", "WT_CIRCUIT_THRESHOLD": "2"}
    for _ in range(3):
        script(plan, PUSH, **env)
    assert calls(plan) == 2
    later = {"WT_NOW": "2026-01-05T09:01:01Z"}
    script(plan, PUSH, **env, **later)
    assert calls(plan) == 3
    again = script(plan, PUSH + "print(outcome.error)", **env, **later).out
    assert "retry in 120s" in again and calls(plan) == 3
    much_later = {"WT_NOW": "2026-01-05T09:04:00Z"}
    script(plan, PUSH, **(env | shim(plan, "exit 0")), **much_later)
    assert calls(plan) == 4
    assert plan.json("health")["data"]["circuits"][0]["state"] == "CLOSED"


KILLED = """
import os, signal
from domain.self_healing import SelfHealingDispatcher

def push():
    os.kill(os.getpid(), signal.SIGKILL)

SelfHealingDispatcher.create_default().run(push, operation="push", resource="git.remote:origin")
"""


def test_a_process_that_dies_in_its_trial_holds_nobody_up_for_longer_than_its_lease(plan: Project) -> None:
    env = shim(plan, DOWN) | {"WT_RETRY_MAX": "1", "WT_CIRCUIT_THRESHOLD": "1"}
    script(plan, PUSH, **env)
    assert script(plan, KILLED, **env, WT_NOW="2026-01-05T09:01:00Z").code == -signal.SIGKILL
    refused = script(plan, PUSH + "print(outcome.error)", **env, WT_NOW="2026-01-05T09:01:01Z").out
    assert "retry in 59s" in refused and calls(plan) == 1
    script(plan, PUSH, **(env | shim(plan, "exit 0")), WT_NOW="2026-01-05T09:02:00Z")
    assert calls(plan) == 2 and plan.json("health")["data"]["circuits"][0]["state"] == "CLOSED"


@pytest.mark.parametrize(("now", "tried"), [("2020-01-01T00:00:00Z", 1), ("2035-01-01T00:00:00Z", 2)])
def test_a_clock_that_jumps_pauses_no_longer_than_a_whole_pause(plan: Project, now: str, tried: int) -> None:
    env = shim(plan, DOWN) | {"WT_RETRY_MAX": "1", "WT_CIRCUIT_THRESHOLD": "1"}
    script(plan, PUSH, **env)
    told = script(plan, PUSH + "print(outcome.error)", **env, WT_NOW=now).out
    assert calls(plan) == tried and ("retry in 60s" in told) == (tried == 1)


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"state": "OPEN"}', "\0\0\0"])
def test_a_circuit_whose_state_is_garbage_is_closed_and_that_is_noted(plan: Project, kept: str) -> None:
    plan.do("isolate circuit git.remote:origin")
    (state,) = (plan.folder / ".ecw" / "state" / "healing").glob("circuit*.json")
    state.write_text(kept)
    env = shim(plan, "exit 0")
    with nothing_else_changes(plan):
        assert script(plan, PUSH, **env).out == "NoneType \n"
    assert calls(plan) == 1
    assert "could not be understood; closed" in (plan.folder / ".ecw" / "state" / "healing.jsonl").read_text()
    assert plan.json("health")["data"]["circuits"][0]["state"] == "CLOSED"


def test_the_pause_is_the_one_that_was_set(plan: Project) -> None:
    """`WT_CIRCUIT_TIMEOUT` | 60 | Seconds before circuit retests"""
    env = shim(plan, DOWN) | {"WT_RETRY_MAX": "1", "WT_CIRCUIT_THRESHOLD": "1", "WT_CIRCUIT_TIMEOUT": "7"}
    script(plan, PUSH, **env)
    assert "retry in 7s" in script(plan, PUSH + "print(outcome.error)", **env).out


def test_what_becomes_of_a_circuit_stands_in_the_log(plan: Project) -> None:
    plan.do("isolate circuit git.remote:origin", "reset circuit")
    log = (plan.folder / ".ecw" / "state" / "healing.jsonl").read_text().split("\n")
    told = [json.loads(line)["text"] for line in log if line]
    assert told == ["circuit:git.remote:origin ISOLATED by hand", "circuit:git.remote:origin CLOSED"]
    assert plan.say("show errors").out.startswith("No failures are on record.")


def test_reset_and_isolate_can_be_said(plan: Project) -> None:
    plan.do("isolate circuit git.remote:origin")
    told = script(plan, PUSH + "print(outcome.error)", **shim(plan, "exit 0")).out
    assert "⚠ Circuit ISOLATED" in told and not (plan.folder / "bin" / "calls").exists()
    assert "reset to CLOSED" in plan.say("reset the circuit of git.remote:origin").out
    script(plan, PUSH, **shim(plan, "exit 0"))
    assert calls(plan) == 1
    assert plan.say("reset the circuit of nothing").code == 3
