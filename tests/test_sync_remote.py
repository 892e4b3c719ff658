"""`wt sync --remote` with real git: what it does, what it leaves to a person, and what it never does."""

from __future__ import annotations

import select
from pathlib import Path

import pytest

from tests.e2e.conftest import Done
from tests.test_merge_commands import PAGE, PLAN, Clone, begun


@pytest.fixture
def here(tmp_path: Path) -> Clone:
    """A clone whose main follows a bare remote."""
    clone = begun(tmp_path / "here")
    clone.git("init", "-q", "--bare", "-b", "main", str(tmp_path / "hub.git"))
    clone.git("remote", "add", "origin", str(tmp_path / "hub.git"))
    clone.git("push", "-q", "-u", "origin", "main")
    return clone


@pytest.fixture
def there(here: Clone, tmp_path: Path) -> Clone:
    here.git("clone", "-q", str(tmp_path / "hub.git"), str(tmp_path / "there"))
    return Clone(tmp_path / "there")


def synced(clone: Clone, *options: str) -> Done:
    return clone.say("sync", "--remote", "--json", *options)


def heads(clone: Clone) -> tuple[str, str]:
    """Of this clone, and of the remote itself."""
    return clone.git("rev-parse", "HEAD").strip(), clone.git("ls-remote", "origin", "main").split()[0]


# --- what it does ---------------------------------------------------------------------------------------------------------


def test_commits_that_touch_only_trackers_are_pushed(here: Clone) -> None:
    here.commit("mark 1.1 complete")
    here.commit('init "Other"')
    reply = synced(here).reply
    assert (reply["outcome"], reply["data"]["pushed"]) == ("changed", 2)
    assert reply["message"] == "2 commits pushed to origin/main. In step with origin/main."
    assert heads(here)[0] == heads(here)[1]
    assert synced(here).reply["outcome"] == "unchanged"


def test_what_the_remote_has_is_fast_forwarded_to(here: Clone, there: Clone) -> None:
    there.commit("mark 1.1 complete")
    there.git("push", "-q")
    reply = synced(here).reply
    assert (reply["outcome"], reply["data"]["done"]) == ("changed", ["1 commit of origin/main fast-forwarded to"])
    assert here.task("1.1")["status"] == "complete"
    assert here.status() == ""


def test_a_sentence_says_the_same(here: Clone) -> None:
    here.commit("mark 1.1 complete")
    for words in ("sync with the remote", "sync --remote"):
        assert here.json("--dry-run", words)["understood"] == [{"command": "sync", "slots": {"remote": True}}]
    assert here.json("sync with the remote")["data"]["pushed"] == 1


def test_a_rehearsal_asks_nobody_and_moves_nothing(here: Clone, there: Clone) -> None:
    there.commit("mark 1.1 complete")
    there.git("push", "-q")
    here.commit("start 1.2")
    before = heads(here)
    reply = synced(here, "--dry-run").reply
    assert "1 commit would be pushed to origin/main" in reply["message"]
    assert "was not asked" in reply["data"]["warnings"][0]
    assert heads(here) == before


def test_a_deleted_tracker_is_pushed_too(here: Clone) -> None:
    here.do('init "Other"')
    here.commit()
    here.say("--tracker", "other", "--skip-consent", "delete the tracker")
    here.commit()
    assert not here.path("other.json").exists()
    assert synced(here).reply["data"]["pushed"] == 2


def test_without_remote_sync_calls_nobody(here: Clone, there: Clone) -> None:
    there.commit("mark 1.1 complete")
    there.git("push", "-q")
    assert here.say("sync").code == 0
    assert here.task("1.1")["status"] == "pending"


# --- what it leaves to a person --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["code.py", "docs/plans/notes.md", "docs/plans/data.json", "docs/plans/demo.yaml"])
def test_commits_that_touch_more_are_not_pushed_and_that_is_said(here: Clone, name: str) -> None:
    here.do("mark 1.1 complete")
    (here.folder / name).write_text('{"token": "secret"}\n')
    here.commit()
    before = heads(here)
    done = here.say("sync", "--remote")
    assert (name in done.out + done.err, heads(here)) == (True, before)
    assert (done.code, "git push" in done.out) == ((1, False) if name.endswith("data.json") else (0, True))


def test_what_was_in_a_tracker_s_place_for_a_while_is_not_pushed_either(here: Clone) -> None:
    plan = here.path("demo.json").read_bytes()
    here.path("demo.json").write_text('{"token": "secret"}\n')
    here.commit()
    here.path("demo.json").write_bytes(plan)
    here.commit("mark 1.1 complete")
    assert synced(here).reply["data"]["pushed"] == 0


def test_code_that_went_away_is_more_than_trackers(here: Clone) -> None:
    (here.folder / "code.py").write_text("pass\n")
    here.commit()
    here.git("push", "-q")
    (here.folder / "code.py").unlink()
    here.commit("mark 1.1 complete")
    assert "code.py" in synced(here).reply["message"]


def test_uncommitted_work_in_the_way_stops_the_fast_forward_and_stays(here: Clone, there: Clone) -> None:
    there.commit("mark 1.1 complete")
    there.git("push", "-q")
    here.do("start 1.2")
    before = here.path("demo.json").read_bytes()
    done = synced(here)
    assert (done.code, done.reply["outcome"]) == (1, "invalid")
    assert "overwritten" in done.reply["message"]
    assert here.path("demo.json").read_bytes() == before
    assert here.git("stash", "list") == ""


def test_uncommitted_work_elsewhere_is_left_alone(here: Clone, there: Clone) -> None:
    (here.folder / "code.py").write_text("one\n")
    here.commit()
    here.git("push", "-q")
    there.git("pull", "-q")
    there.commit("mark 1.1 complete")
    there.git("push", "-q")
    (here.folder / "code.py").write_text("two\n")
    assert synced(here).reply["outcome"] == "changed"
    assert (here.folder / "code.py").read_text() == "two\n"
    assert here.task("1.1")["status"] == "complete"


def test_a_tracker_that_is_not_committed_is_spoken_of_and_not_committed(here: Clone) -> None:
    here.do("start 1.2")
    reply = synced(here).reply
    assert reply["data"]["warnings"] == [f"Not committed, so only here: {PLAN} and {PAGE}."]
    assert here.status() != ""


def test_when_both_have_gone_on_the_merge_is_shown_and_left_to_a_person(here: Clone, there: Clone) -> None:
    there.commit("rename 1.1 to Theirs", "add task to phase 2: New there")
    there.git("push", "-q")
    here.commit("rename 1.1 to Mine")
    before = heads(here), here.path("demo.json").read_bytes()
    done = synced(here)
    assert (done.code, done.reply["outcome"]) == (1, "invalid")
    assert done.reply["message"].startswith("Diverged: 1 commit only here, 1 commit only in origin/main.")
    merging = done.reply["data"]["merging"][0]
    assert [(row["id"], row["field"]) for row in merging["conflicts"]] == [("1.1", "title")]
    assert ("2.2", "added", "New there") in [(row["item"], row["field"], row["becomes"]) for row in merging["changes"]]
    assert "git merge origin/main" in done.reply["hint"]
    assert (heads(here), here.path("demo.json").read_bytes()) == before
    assert "New there" in here.say("sync", "--remote").out


def test_what_came_is_validated_before_anything_is_pushed(here: Clone, there: Clone) -> None:
    plan = there.path("demo.json")
    plan.write_bytes(plan.read_bytes().replace(b'"pending"', b'"perhaps"', 1))
    there.commit()
    there.git("push", "-q")
    done = synced(here)
    assert (done.code, done.reply["outcome"]) == (1, "invalid")
    assert [row["rule"] for row in done.reply["data"]["findings"]] == ["schema.value"]


# --- where there is nothing to sync with ------------------------------------------------------------------------------------


def without_git(clone: Clone) -> None:
    (clone.folder / ".git").rename(clone.folder / "gone")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (without_git, "no working tree of git"),
        (lambda clone: clone.git("checkout", "-q", "--detach"), "HEAD is detached"),
        (lambda clone: clone.git("remote", "remove", "origin"), "has no remote"),
        (lambda clone: clone.git("branch", "--unset-upstream"), "follows no branch of a remote"),
        (lambda clone: clone.git("checkout", "-q", "-b", "new"), "The branch new follows no branch"),
        (lambda clone: clone.git("push", "-q", "origin", "main:gone"), None),
    ],
)
def test_what_is_missing_is_said_in_two_lines(here: Clone, spoil: object, said: str | None) -> None:
    assert callable(spoil)
    spoil(here)
    if said is None:  # the branch it followed was deleted there
        here.git("branch", "-q", "--set-upstream-to=origin/gone")
        here.git("push", "-q", "origin", "--delete", "gone")
        said = "has no branch gone"
    done = here.say("sync", "--remote")
    assert (done.code, said in done.err, len(done.err.splitlines())) == (1, True, 2), done


def test_in_the_middle_of_a_merge_nothing_is_synced(here: Clone) -> None:
    here.diverge("rename 1.1 to Mine", "rename 1.1 to Theirs")
    here.git("merge", "--no-edit", "side", fails=True)
    done = here.say("sync", "--remote")
    assert (done.code, "in the middle of a merge" in done.err, "wt merge" in done.err) == (1, True, True)


# --- the network ---------------------------------------------------------------------------------------------------------------


def over_ssh(clone: Clone, tmp_path: Path, script: str) -> None:
    """The remote behind an ssh that is this script; it serves the repository itself with: eval "$2"."""
    program = tmp_path / "ssh"
    program.write_text(f"#!/bin/sh\ncd {tmp_path}\necho call >> calls\n{script}\n")
    program.chmod(0o755)
    clone.env |= {"GIT_SSH_COMMAND": str(program), "GIT_SSH_VARIANT": "simple", "WT_RETRY_DELAY": "0.01"}
    clone.git("config", "ssh.variant", "simple")
    clone.git("remote", "set-url", "origin", f"ssh://somebody:secret@example.org{tmp_path}/hub.git")


def calls(tmp_path: Path) -> int:
    return len((tmp_path / "calls").read_text().splitlines())


def test_a_remote_that_answers_at_the_second_attempt_is_synced_and_that_is_shown(here: Clone, tmp_path: Path) -> None:
    here.commit("mark 1.1 complete")
    over_ssh(
        here, tmp_path, 'if [ $(wc -l < calls) = 1 ]; then echo "Connection reset by peer" >&2; exit 255; fi\neval "$2"'
    )
    reply = synced(here).reply
    assert (reply["outcome"], reply["data"]["pushed"]) == ("changed", 1)
    assert [step["text"] for step in reply["healing"]][:1] == ["Remote unreachable"]


def test_a_remote_that_stays_away_is_tried_three_times_and_told_in_two_lines(here: Clone, tmp_path: Path) -> None:
    over_ssh(here, tmp_path, 'echo "ssh: connect to host example.org: Connection refused" >&2; exit 255')
    done = here.say("sync", "--remote")
    assert (done.code, calls(tmp_path)) == (1, 3)
    assert "Connection refused" in done.err
    assert len(done.err.splitlines()) == 2


def test_expired_credentials_are_not_tried_again_and_never_shown(here: Clone, tmp_path: Path) -> None:
    over_ssh(here, tmp_path, 'echo "somebody@example.org: Permission denied (publickey)." >&2; exit 255')
    done = here.say("sync", "--remote")
    assert (done.code, calls(tmp_path)) == (1, 1)
    assert "Sign in to the remote again" in done.err
    assert "secret" not in done.err + done.out


def test_a_remote_that_does_not_answer_is_given_up_and_what_was_started_ends(here: Clone, tmp_path: Path) -> None:
    over_ssh(here, tmp_path, "echo $$ >> pids; exec sleep 30")
    here.env |= {"WT_REMOTE_TIMEOUT": "1.5", "WT_RETRY_MAX": "1"}
    done = here.say("sync", "--remote")
    assert (done.code, "timed out" in done.err) == (1, True)
    for pid in (tmp_path / "pids").read_text().split():
        assert ended(pid)


def ended(pid: str) -> bool:
    """Whether a process that was killed is gone, or only waits to be buried; a busy machine takes its time."""
    for _ in range(100):
        try:
            if ") Z " in Path(f"/proc/{pid}/stat").read_text():
                return True
        except OSError:
            return True
        select.select([], [], [], 0.05)
    return False


def test_a_remote_that_keeps_failing_is_paused_and_only_it(here: Clone, tmp_path: Path) -> None:
    over_ssh(here, tmp_path, 'echo "Connection refused" >&2; exit 255')
    here.env["WT_CIRCUIT_THRESHOLD"] = "2"
    here.say("sync", "--remote")
    before = calls(tmp_path)
    done = here.say("sync", "--remote")
    assert (done.code, "git.remote:origin" in done.err) == (75, True)
    assert calls(tmp_path) == before
    assert here.say("sync").code == 0
    assert here.say("mark 1.1 complete").code == 0


def test_a_push_that_meets_newer_work_is_not_forced(here: Clone, there: Clone, tmp_path: Path) -> None:
    """Somebody pushed between our fetch and our push."""
    here.commit("mark 1.1 complete")
    there.commit("start 1.2")
    hook = f'if [ $(wc -l < calls) = 2 ]; then git -C "{there.folder}" push -q; fi\neval "$2"'
    over_ssh(here, tmp_path, hook)
    done = here.say("sync", "--remote")
    assert (done.code, calls(tmp_path)) == (1, 2)
    assert there.git("ls-remote", "origin", "main").split()[0] == there.git("rev-parse", "HEAD").strip()
