"""Each shipped playbook on its real faults; what was healed is judged by looking at the disk and asking git."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.enforcement.consent import Request
from infrastructure import bootstrap, setup_claude
from infrastructure.consent_store import ConsentStore
from infrastructure.router import Invocation
from infrastructure.setup_git import program, set_up
from tests.e2e.conftest import Project, empty_project
from tests.projects import demo_project, journal_of, kept_in, snapshots_of
from tests.repositories import ENVIRONMENT

Document = dict[str, Any]  # Any: JSON as parsed


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return demo_project(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def demo(made: Project, tmp_path: Path) -> Project:
    """A small sound project outside of git."""
    project = made.copied_to(tmp_path / "demo")
    project.do("show progress")
    return project


def heal(project: Project, **env: str) -> Document:
    """What a run of healing tells, as data."""
    done = project.say("--json", "heal", env=env)
    assert done.code in (0, 1), done
    data: Document = done.reply["data"]
    return data


def results(told: Document) -> dict[str, str]:
    return {outcome["playbook_id"]: outcome["result"] for outcome in told["outcomes"]}


def is_healed(project: Project, id: str, **env: str) -> Document:
    """Healed by this playbook and no other; a second run finds nothing to do."""
    told = heal(project, **env)
    assert results(told) == {id: "healed"}, told
    again = heal(project, **env)
    assert (again["outcomes"], again["inquiries"]) == ([], [])
    (outcome,) = told["outcomes"]
    return dict(outcome)


def is_asked(project: Project, id: str, **env: str) -> Document:
    """Handed to a person with a question, and nothing below docs/ touched."""
    before = plans(project)
    told = heal(project, **env)
    assert results(told)[id] in ("asked", "escalated"), told
    assert plans(project) == before
    inquiry = next(i for i in told["inquiries"] if i["playbook_id"] == id)
    assert inquiry["recommended_action"] and inquiry["safe_default"] == "deny"
    return dict(inquiry)


def plans(project: Project) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in project.path("").iterdir()}


def document(project: Project) -> Document:
    return project.tracker()


# --- trackers ---------------------------------------------------------------------------------------------------------


def test_f01_a_truncated_tracker_is_put_back_as_it_was(demo: Project) -> None:
    before, file = document(demo), demo.path("demo.json")
    torn = file.read_bytes()[:-30]
    file.write_bytes(torn)
    outcome = is_healed(demo, "tracker_corruption")
    assert document(demo) == before
    assert torn in [path.read_bytes() for path in kept_in(demo)]
    assert [step["risk"] for step in outcome["steps"]] == ["R2"]


def test_f02_an_empty_tracker_is_put_back_as_it_was(demo: Project) -> None:
    before = document(demo)
    demo.path("demo.json").write_bytes(b"")
    is_healed(demo, "tracker_corruption")
    assert document(demo) == before


def test_f04_a_status_that_was_typed_in_other_words_is_spelt_as_it_is(demo: Project) -> None:
    before, file = document(demo), demo.path("demo.json")
    typed = file.read_bytes().replace(b'"status":"pending"', b'"status":"To Do"', 1)
    file.write_bytes(typed)
    is_healed(demo, "status_words")
    assert document(demo) == before
    assert typed in [path.read_bytes() for path in kept_in(demo)]


def test_f04_a_status_that_means_nothing_is_for_a_person(demo: Project) -> None:
    file = demo.path("demo.json")
    file.write_bytes(file.read_bytes().replace(b'"status":"pending"', b'"status":"purple"', 1))
    is_asked(demo, "tracker_corruption")


def test_f11_a_tracker_of_a_newer_wt_is_told_and_left_alone(demo: Project) -> None:
    file = demo.path("demo.json")
    file.write_bytes(file.read_bytes().replace(b'"schema_version":1', b'"schema_version":9'))
    before = plans(demo)
    told = heal(demo)
    assert (told["outcomes"], [i["symptom"] for i in told["inquiries"]]) == ([], ["trackers_newer > 0"])
    assert plans(demo) == before


def test_f14_a_page_whose_tracker_is_gone_for_good_is_for_a_person(demo: Project) -> None:
    demo.path("demo.json").unlink()
    for proof in ("journal", "backups"):
        shutil.rmtree(demo.folder / ".ecw" / proof)
    told = heal(demo)
    assert [i["symptom"] for i in told["inquiries"]] == ["pages_orphaned > 0"]


def test_f24_a_database_with_a_hot_journal_is_sound(demo: Project) -> None:
    sound_database(learning(demo))
    killed = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('PRAGMA cache_size = 2'); c.execute('BEGIN IMMEDIATE');"
        "c.execute(\"UPDATE outcomes SET id = 'changed'\"); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", killed, str(learning(demo))], check=False)
    assert learning(demo).with_name("learning.db-journal").stat().st_size > 0
    assert heal(demo)["outcomes"] == []


def test_f13_a_deleted_tracker_is_brought_back(demo: Project) -> None:
    before = document(demo)
    demo.path("demo.json").unlink()
    is_healed(demo, "tracker_corruption")
    assert document(demo) == before


def test_an_older_copy_of_a_tracker_is_replaced_by_the_last_saved_state(demo: Project) -> None:
    older = demo.path("demo.json").read_bytes()
    demo.do("complete 1.1")
    before = document(demo)
    demo.path("demo.json").write_bytes(older)
    told = heal(demo)
    assert "tracker_corruption" in results(told)
    assert document(demo) == before


def test_f14_a_tracker_that_nothing_proves_is_for_a_person(demo: Project) -> None:
    demo.path("demo.json").write_bytes(demo.path("demo.json").read_bytes()[:-30])
    for proof in ("journal", "backups"):
        shutil.rmtree(demo.folder / ".ecw" / proof)
    assert is_asked(demo, "tracker_corruption")["severity"] == "CRITICAL"


# --- pages and what stands beside -------------------------------------------------------------------------------------


def test_f18_a_page_edited_by_hand_is_drawn_anew_and_the_edit_kept(demo: Project) -> None:
    page = demo.path("demo.md")
    right = page.read_bytes()
    page.write_bytes(right + b"\nmy own words\n")
    is_healed(demo, "markdown_drift")
    assert page.read_bytes() == right
    assert any(b"my own words" in path.read_bytes() for path in kept_in(demo))


def test_f19_a_missing_page_is_drawn(demo: Project) -> None:
    right = demo.path("demo.md").read_bytes()
    demo.path("demo.md").unlink()
    is_healed(demo, "markdown_drift")
    assert demo.path("demo.md").read_bytes() == right


def test_f15_what_a_dead_command_left_behind_is_taken_away(demo: Project) -> None:
    left = demo.path(".demo.json.0123456789ab.wt-tmp")
    left.write_text("half a tracker")
    os.utime(left, (time.time() - 7200,) * 2)
    fresh = demo.path(".demo.json.ba9876543210.wt-tmp")
    fresh.write_text("somebody writes this just now")
    is_healed(demo, "interrupted_write", WT_NOW="")
    assert (left.exists(), fresh.exists()) == (False, True)


def test_f17_an_entry_whose_change_never_reached_the_file_is_marked_as_never_done(demo: Project) -> None:
    """Killed between the journal and the file: everything but the journal is as before."""
    before, copy = document(demo), demo.folder.parent / "before"
    shutil.copytree(demo.folder, copy)
    demo.do("complete 1.1")
    journal = journal_of(demo).read_bytes()
    shutil.rmtree(demo.folder)
    shutil.copytree(copy, demo.folder)
    journal_of(demo).write_bytes(journal)
    is_healed(demo, "interrupted_write")
    assert document(demo) == before
    assert b"never done: complete 1.1" in journal_of(demo).read_bytes()


def test_a_damaged_snapshot_is_set_aside_and_a_good_one_taken(demo: Project) -> None:
    bad = snapshots_of(demo)[-1]
    bad.write_bytes(b"{}")
    is_healed(demo, "snapshot_damage")
    assert any(path.read_bytes() == demo.path("demo.json").read_bytes() for path in snapshots_of(demo))
    assert bad.with_name(f"{bad.name}.damaged").read_bytes() == b"{}"


# --- own state --------------------------------------------------------------------------------------------------------


def learning(project: Project) -> Path:
    return project.folder / ".ecw/state/learning.db"


def sound_database(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE outcomes (id TEXT)")
    connection.executemany("INSERT INTO outcomes VALUES (?)", [(str(n) * 50,) for n in range(2000)])
    connection.commit()
    connection.close()


def test_f22_a_corrupt_learning_database_is_set_aside_with_its_journals(demo: Project) -> None:
    path = learning(demo)
    sound_database(path)
    raw = bytearray(path.read_bytes())
    raw[5000:9000] = b"\xff" * 4000
    path.write_bytes(raw)
    path.with_name("learning.db-journal").write_bytes(b"old journal")
    is_healed(demo, "knowledge_database")
    assert sorted(p.name for p in path.parent.glob("learning.db*")) == [
        "learning.db-journal.damaged",
        "learning.db.damaged",
    ]
    assert path.with_name("learning.db.damaged").read_bytes() == bytes(raw)


def test_a_file_that_is_no_database_is_set_aside(demo: Project) -> None:
    learning(demo).write_text("not a database at all, not even nearly" * 100)
    is_healed(demo, "knowledge_database")


def test_f23_a_learning_database_that_somebody_writes_to_is_left_alone(demo: Project) -> None:
    sound_database(learning(demo))
    writer = sqlite3.connect(learning(demo))
    writer.execute("BEGIN EXCLUSIVE")
    try:
        assert heal(demo)["outcomes"] == []
    finally:
        writer.close()
    assert learning(demo).exists()


def test_f26_a_circuit_that_cannot_be_read_is_set_aside(demo: Project) -> None:
    demo.do("isolate circuit git.remote:origin", "reset all circuits")
    (kept,) = (demo.folder / ".ecw/state/healing").glob("circuit*.json")
    kept.write_text('{"state": "OP')
    is_healed(demo, "healing_state")
    assert kept.with_name(f"{kept.name}.damaged").read_text() == '{"state": "OP'


@pytest.fixture
def consented(demo: Project, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in which a person has agreed to something; the file of it."""
    monkeypatch.setenv("HOME", str(demo.folder))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    demo.env.pop("XDG_DATA_HOME", None)
    store = ConsentStore(str(demo.folder))
    request = store.open(
        Request("q1", "delete_many", "delete phase 1", "Deletes", "alex", "s1", store.now, store.now + 3600)
    )
    store.settle(request, "session", by="dana")
    return demo.folder / ".ecw/consent-state.json"


def test_f25_consents_changed_by_hand_count_for_nothing_and_are_set_aside(demo: Project, consented: Path) -> None:
    altered = consented.read_bytes().replace(b"delete_many", b"change_many")
    consented.write_bytes(altered)
    is_healed(demo, "consent_altered")
    assert not consented.exists()
    assert consented.with_name("consent-state.json.damaged").read_bytes() == altered


def test_consents_that_wt_wrote_are_left_alone(demo: Project, consented: Path) -> None:
    before = consented.read_bytes()
    assert heal(demo)["outcomes"] == []
    assert consented.read_bytes() == before


def cached(project: Project, name: str, size: int, age: float) -> Path:
    path = project.folder / ".ecw/cache" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_f21_a_cache_that_has_blown_up_loses_what_was_unused_longest(demo: Project) -> None:
    (demo.folder / ".ecw/config.json").write_text('{"cache_limit_mb": 1}')
    treasure = demo.folder / "treasure"
    treasure.write_text("mine")
    old = [cached(demo, f"probes/{n}", 400_000, 9000 - n) for n in range(4)]
    new = cached(demo, "fresh", 300_000, 1)
    (demo.folder / ".ecw/cache/link").symlink_to(treasure)
    is_healed(demo, "cache_overflow")
    assert new.exists() and not old[0].exists()
    assert sum(path.stat().st_size for path in (demo.folder / ".ecw/cache").rglob("*") if path.is_file()) <= 2**20
    assert treasure.read_text() == "mine"


def test_performance_a_tracker_that_is_read_whole_by_every_command_is_laid_out_anew(demo: Project) -> None:
    before, file = document(demo), demo.path("demo.json")
    file.write_text(json.dumps(before, indent=4))
    foreign = file.read_bytes()
    demo.say("sync")
    assert heal(demo)["outcomes"] == []  # nobody is kept waiting by it
    with (demo.folder / ".ecw/state/operations.log").open("a") as log:
        log.writelines(f"1767603540.000 {duration} 1\n" for duration in [20] * 30 + [400] * 20)
    is_healed(demo, "performance_degradation")
    assert document(demo) == before
    assert foreign in [path.read_bytes() for path in kept_in(demo)]
    assert demo.say("sync").out.startswith("JSON and Markdown are in sync")


def test_f57_a_clock_behind_the_journal_is_told_and_the_order_of_changes_kept(demo: Project) -> None:
    before = demo.say("history").out
    assert "clock" in is_asked(demo, "clock_jump", WT_NOW="2026-01-04T09:00:00Z")["recommended_action"]
    assert demo.say("history").out == before


# --- a small disk -----------------------------------------------------------------------------------------------------


@pytest.fixture
def small(made: Project, tmp_path: Path) -> Iterator[Project]:
    """A project on a file system of 24 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("a file system can be mounted by root only")
    try:
        yield made.copied_to(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_f53_a_full_disk_is_relieved_of_what_is_wts_own_and_of_nothing_else(small: Project) -> None:
    mine = small.folder / "mine.bin"
    mine.write_bytes(b"x" * 4_000_000)
    cached(small, "big", 8_000_000, 100)
    is_healed(small, "disk_full")
    assert mine.stat().st_size == 4_000_000


def test_a_disk_that_is_full_of_other_things_is_for_a_person(small: Project) -> None:
    (small.folder / "mine.bin").write_bytes(b"x" * 12_000_000)
    assert is_asked(small, "disk_full")["severity"] == "CRITICAL"
    assert (small.folder / "mine.bin").stat().st_size == 12_000_000


# --- git --------------------------------------------------------------------------------------------------------------


def git(folder: Path, *arguments: str, fails: bool = False) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=os.environ | ENVIRONMENT, capture_output=True, text=True, timeout=30
    )
    assert (done.returncode != 0) == fails, done
    return done.stdout.strip()


@pytest.fixture
def cloned(made: Project, tmp_path: Path) -> Project:
    """A clone with an upstream: `../bare.git`, and `../other` beside it."""
    first = made.copied_to(tmp_path / "first")
    git(first.folder, "init", "-q", "-b", "main")
    git(first.folder, "add", "--all")
    git(first.folder, "commit", "-q", "-m", "begin")
    git(tmp_path, "clone", "-q", "--bare", "first", "bare.git")
    git(tmp_path, "clone", "-q", "bare.git", "other")
    git(tmp_path, "clone", "-q", "bare.git", "mine")
    project = Project(tmp_path / "mine")
    project.env |= ENVIRONMENT
    for folder in ("journal", "backups", "state"):
        shutil.copytree(first.folder / ".ecw" / folder, project.folder / ".ecw" / folder, dirs_exist_ok=True)
    project.do("show progress")
    return project


def elsewhere(project: Project, *sentences: str) -> None:
    """Somebody else changes the tracker and pushes."""
    other = Project(project.folder.parent / "other")
    other.env |= ENVIRONMENT
    (other.folder / ".ecw").mkdir(exist_ok=True)
    other.do(*sentences)
    git(other.folder, "commit", "-q", "-a", "-m", "elsewhere")
    git(other.folder, "push", "-q")


def test_f32_a_lock_that_a_dead_git_has_left_is_set_aside(cloned: Project) -> None:
    lock = cloned.folder / ".git/index.lock"
    lock.write_bytes(b"half an index")
    os.utime(lock, (time.time() - 600,) * 2)
    is_healed(cloned, "stale_index_lock", WT_NOW="")
    git(cloned.folder, "add", "--all")
    assert lock.with_name("index.lock.damaged").read_bytes() == b"half an index"


def test_a_lock_in_a_linked_working_tree_is_found_there(cloned: Project) -> None:
    git(cloned.folder, "worktree", "add", "-q", str(cloned.folder.parent / "linked"), "-b", "linked")
    linked = Project(cloned.folder.parent / "linked")
    (linked.folder / ".ecw").mkdir(exist_ok=True)
    lock = cloned.folder / ".git/worktrees/linked/index.lock"
    lock.write_bytes(b"")
    os.utime(lock, (time.time() - 600,) * 2)
    assert results(heal(linked, WT_NOW=""))["stale_index_lock"] == "healed"
    assert not lock.exists()


def test_f33_a_lock_that_a_process_holds_is_left_alone(cloned: Project) -> None:
    lock = cloned.folder / ".git/index.lock"
    held = "import sys; f = open(sys.argv[1], 'w'); print(flush=True); sys.stdin.read()"
    holder = subprocess.Popen([sys.executable, "-c", held, str(lock)], stdin=-1, stdout=-1)
    try:
        assert holder.stdout is not None and holder.stdout.readline()
        os.utime(lock, (time.time() - 600,) * 2)
        assert heal(cloned, WT_NOW="")["outcomes"] == []
        assert lock.exists()
    finally:
        holder.kill()
        holder.communicate()


def test_a_young_lock_is_left_alone(cloned: Project) -> None:
    lock = cloned.folder / ".git/index.lock"
    lock.write_bytes(b"")
    assert heal(cloned, WT_NOW="")["outcomes"] == []
    assert lock.exists()


def test_f35_a_branch_behind_its_upstream_is_moved_ahead(cloned: Project) -> None:
    elsewhere(cloned, "complete 1.1")
    git(cloned.folder, "fetch", "-q")
    before = git(cloned.folder, "rev-parse", "HEAD")
    told = heal(cloned)
    assert results(told)["git_sync"] == "healed"
    assert git(cloned.folder, "rev-parse", "HEAD") == git(cloned.folder, "rev-parse", "origin/main") != before
    assert cloned.task("1.1")["status"] == "complete"
    assert "git_sync" not in results(heal(cloned))


def test_what_would_be_written_over_is_left_and_a_person_asked(cloned: Project) -> None:
    elsewhere(cloned, "complete 1.1")
    git(cloned.folder, "fetch", "-q")
    cloned.do("rename 1.2 to Mine")
    head = git(cloned.folder, "rev-parse", "HEAD")
    is_asked(cloned, "git_sync")
    assert (cloned.task("1.2")["title"], git(cloned.folder, "rev-parse", "HEAD")) == ("Mine", head)


def test_f36_branches_that_have_both_gone_on_are_for_a_person(cloned: Project) -> None:
    elsewhere(cloned, "complete 1.1")
    cloned.do("rename 1.2 to Mine")
    git(cloned.folder, "commit", "-q", "-a", "-m", "mine")
    git(cloned.folder, "fetch", "-q")
    head = git(cloned.folder, "rev-parse", "HEAD")
    is_asked(cloned, "git_sync")
    assert git(cloned.folder, "rev-parse", "HEAD") == head


def conflict(project: Project, mine: str, theirs: str) -> None:
    """A merge that stops in the tracker."""
    git(project.folder, "checkout", "-q", "-b", "side")
    project.do(theirs)
    git(project.folder, "commit", "-q", "-a", "-m", "theirs")
    git(project.folder, "checkout", "-q", "main")
    project.do(mine)
    git(project.folder, "commit", "-q", "-a", "-m", "mine")
    git(project.folder, "merge", "side", fails=True)


def test_f03_a_merge_without_dispute_is_settled_item_by_item(cloned: Project) -> None:
    conflict(cloned, "rename 1.1 to Mine", "rename 1.2 to Theirs")
    told = heal(cloned)
    assert results(told)["conflict_markers"] == "healed"
    assert (cloned.task("1.1")["title"], cloned.task("1.2")["title"]) == ("Mine", "Theirs")
    assert git(cloned.folder, "ls-files", "--unmerged", "docs/plans") == ""


def test_f38_a_dispute_is_for_a_person_and_the_files_stay_as_git_left_them(cloned: Project) -> None:
    conflict(cloned, "rename 1.1 to Mine", "rename 1.1 to Theirs")
    assert "wt merge" in is_asked(cloned, "conflict_markers")["recommended_action"]


def test_f40_a_driver_that_is_not_in_force_any_more_is_asked_about_and_set_up_with_leave(cloned: Project) -> None:
    set_up(str(cloned.folder), program())
    git(cloned.folder, "config", "--unset", "merge.wt.driver")
    told = heal(cloned)
    assert results(told) == {"enforcement_missing": "asked"}
    assert told["inquiries"][0]["allows"] == ["restore_enforcement"]
    assert cloned.say("run the playbook enforcement_missing").code == 4
    assert cloned.say("--skip-consent", "run the playbook enforcement_missing").code == 0
    assert "merge-driver" in git(cloned.folder, "config", "merge.wt.driver")


def test_f40_hooks_that_somebody_took_out_are_asked_about_and_put_back_with_leave(demo: Project) -> None:
    settings = demo.folder / ".claude/settings.json"
    settings.parent.mkdir()
    settings.write_text('{"model": "mine"}')
    setup_claude.set_up(str(demo.folder), setup_claude.program())
    whole = settings.read_bytes()
    settings.write_text('{"model": "mine"}')
    assert results(heal(demo)) == {"enforcement_missing": "asked"}
    assert settings.read_text() == '{"model": "mine"}'
    assert demo.say("--skip-consent", "run the playbook enforcement_missing").code == 0
    assert settings.read_bytes() == whole


def test_hooks_that_somebody_switched_off_stay_off_until_that_person_says_otherwise(demo: Project) -> None:
    setup_claude.set_up(str(demo.folder), setup_claude.program())
    settings = demo.folder / ".claude/settings.json"
    settings.write_text(settings.read_text().replace("{", '{"disableAllHooks": true,', 1))
    told = demo.say("--json", "--skip-consent", "run the playbook enforcement_missing").reply["data"]
    assert results(told) == {"enforcement_missing": "escalated"}
    assert '"disableAllHooks": true' in settings.read_text()


def test_a_driver_that_was_never_set_up_is_nobodys_fault(cloned: Project) -> None:
    assert heal(cloned)["outcomes"] == []


def test_what_two_branches_disagree_about_is_handed_over_though_no_playbook_is_made_for_it(cloned: Project) -> None:
    conflict(cloned, "rename 1.1 to Mine", "rename 1.1 to Theirs")
    trackers = bootstrap.session(Invocation(), cloned.env, str(cloned.folder)).trackers
    trackers.merge([])
    git(cloned.folder, "commit", "-q", "-a", "-m", "merged")
    told = heal(cloned)
    assert (told["outcomes"], [i["symptom"] for i in told["inquiries"]]) == ([], ["disputes > 0"])
    heal(cloned)
    lines = (cloned.folder / ".ecw/state/inquiries.jsonl").read_text().split("\n")
    assert sum(bool(line) for line in lines) == 1


def open_circuit(project: Project) -> None:
    """Paused for the next minute."""
    project.do("isolate circuit git.remote:origin")
    (kept,) = (project.folder / ".ecw/state/healing").glob("circuit*.json")
    document = json.loads(kept.read_text())
    kept.write_text(json.dumps(document | {"state": "OPEN", "opened_at": 1767603600.0, "pause": 900.0}))


def test_f46_a_paused_remote_that_answers_again_goes_on(cloned: Project) -> None:
    open_circuit(cloned)
    is_healed(cloned, "circuit_open")
    assert '"OPEN"' not in next((cloned.folder / ".ecw/state/healing").glob("circuit*.json")).read_text()


def test_a_paused_remote_that_does_not_answer_stays_paused(cloned: Project) -> None:
    open_circuit(cloned)
    (cloned.folder.parent / "bare.git").rename(cloned.folder.parent / "gone.git")
    is_asked(cloned, "circuit_open")
    assert '"OPEN"' in next((cloned.folder / ".ecw/state/healing").glob("circuit*.json")).read_text()


# --- controls: what is not wrong is not touched -----------------------------------------------------------------------


def test_c1_a_healthy_project_is_left_as_it_is(cloned: Project) -> None:
    cloned.do("heal")
    before = cloned.fingerprint()
    told = heal(cloned)
    assert (told["outcomes"], told["inquiries"], told["waiting"]) == ([], [], [])
    assert cloned.fingerprint() == before


def test_c5_work_that_is_not_committed_is_left_as_it_is(cloned: Project) -> None:
    code = cloned.folder / "main.py"
    code.write_text("print('mine')\n")
    status = git(cloned.folder, "status", "--porcelain")
    assert heal(cloned)["outcomes"] == []
    assert (code.read_text(), git(cloned.folder, "status", "--porcelain")) == ("print('mine')\n", status)


def test_a_project_without_a_tracker_needs_no_healing(tmp_path: Path) -> None:
    assert heal(empty_project(tmp_path))["outcomes"] == []


def test_a_folder_that_is_no_project_is_not_made_one(tmp_path: Path) -> None:
    done = Project(tmp_path).say("heal")
    assert (done.code, list(tmp_path.iterdir())) == (3, [])


def test_f08_a_sound_edit_made_outside_stays_and_is_noted_so_that_it_cannot_be_lost(demo: Project) -> None:
    path = demo.path("demo.json")
    path.write_text(path.read_text().replace("Lay bricks", "Lay stones"))
    edited = path.read_bytes()
    assert results(heal(demo)) == {"external_edit": "healed"}
    assert "Lay stones" in demo.path("demo.md").read_text()
    assert path.read_bytes() == edited
    path.write_bytes(edited[:-40])
    assert results(heal(demo)) == {"tracker_corruption": "healed"}
    assert path.read_bytes() == edited


# --- any faults in any order ------------------------------------------------------------------------------------------


def _torn(project: Project) -> None:
    path = project.path("demo.json")
    path.write_bytes(path.read_bytes()[:-40] if path.exists() else b"")


def _emptied(project: Project) -> None:
    project.path("demo.json").write_bytes(b"")


def _deleted(project: Project) -> None:
    project.path("demo.json").unlink(missing_ok=True)


def _edited(project: Project) -> None:
    with project.path("demo.md").open("a") as page:
        page.write("words\n")


def _page_gone(project: Project) -> None:
    project.path("demo.md").unlink(missing_ok=True)


def _snapshot_damaged(project: Project) -> None:
    for path in snapshots_of(project)[-1:]:
        path.write_bytes(b"{}")


def _state_damaged(project: Project) -> None:
    folder = project.folder / ".ecw/state/healing"
    folder.mkdir(exist_ok=True)
    (folder / "circuit%3ax.json").write_text("{")


def _forgotten(project: Project) -> None:
    for path in (project.folder / ".ecw/state").glob("docs*"):
        path.unlink()


FAULTS = (_torn, _emptied, _deleted, _edited, _page_gone, _snapshot_damaged, _state_damaged, _forgotten)


@settings(
    max_examples=60 if os.environ.get("WT_SLOW_TESTS") else 5, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(st.lists(st.one_of(st.sampled_from(FAULTS), st.just("add"), st.just("heal")), min_size=2, max_size=6))
def test_no_run_of_faults_and_heals_loses_a_change_and_each_ends_in_rest_or_in_a_question(
    made: Project, steps: list[Any]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project, acknowledged = made.copied_to(Path(folder) / "demo"), ["Lay bricks", "Paint walls"]
        for at, step in enumerate(steps):
            if step == "add":
                title = f"Task number {at}"
                acknowledged += [title] if project.say(f"add task to phase 1: {title}").code == 0 else []
            elif step == "heal":
                project.say("heal")
            else:
                step(project)
        project.say("heal --resume")
        heal(project)
        last = heal(project)
        assert [o for o in last["outcomes"] if o["success"]] == []
        if not last["inquiries"] and not last["stopped"]:
            assert [task["title"] for task in project.tracker()["phases"][0]["tasks"]] == acknowledged
