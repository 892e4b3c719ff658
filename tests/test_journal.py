"""The journal: on disk before the file, one line a commit, and a damaged line costs no more than itself."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

import pytest

from domain.entries import Entry
from domain.errors import Unavailable
from infrastructure import atomic
from infrastructure.codec import digest
from infrastructure.journal import TAIL, Journal, signed, verified
from tests.e2e.conftest import Project
from tests.projects import PLAN, demo_project, journal_of
from tests.repositories import Repository, renames


def entry(seq: int, sentence: str = "", file: str = PLAN) -> Entry:
    return Entry(
        seq, "2026-01-05T09:00:00Z", "alex", "commit", sentence or f"change {seq}", file, f"s{seq - 1}", f"s{seq}"
    )


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(str(tmp_path), "some-tracker", PLAN)


@pytest.fixture
def demo(tmp_path: Path) -> Project:
    return demo_project(tmp_path)


def read(journal: Journal) -> list[int]:
    return [row.seq for row in journal.entries()[0]]


# --- lines ----------------------------------------------------------------------------------------------------------------


def test_a_line_says_of_itself_whether_it_is_whole() -> None:
    line = signed(entry(1, 'quotes " and \n breaks')).encode().rstrip(b"\n")
    assert verified(line) == entry(1, 'quotes " and \n breaks')
    for at in range(len(line)):
        assert verified(line[:at]) is None
        assert verified(line[:at] + bytes([line[at] ^ 1]) + line[at + 1 :]) is None


def test_a_torn_last_line_is_fenced_and_kept(journal: Journal) -> None:
    journal.append([entry(1), entry(2)])
    path = Path(journal.path)
    torn = path.read_bytes()[:-20]
    path.write_bytes(torn)
    journal.append([entry(3)])
    assert path.read_bytes().startswith(torn + b"\n")
    assert (read(journal), journal.entries()[1]) == ([1, 3], 1)


@pytest.mark.parametrize("junk", [b"\0" * 400, b"{}\n", b"\xff\xfe\n", b'"sum":""\n', b"[" * 9000 + b"\n"])
def test_a_line_that_is_none_of_ours_is_passed_over(journal: Journal, junk: bytes) -> None:
    journal.append([entry(1)])
    with Path(journal.path).open("ab") as file:
        file.write(junk)
    assert journal.last() == (entry(1), 1)
    assert read(journal) == [1]


def test_the_last_entry_is_found_from_the_end_however_long_it_is(journal: Journal) -> None:
    journal.append([entry(1), entry(2, "x" * (3 * TAIL))])
    last, highest = journal.last()
    assert last is not None and (last.seq, len(last.sentence), highest) == (2, 3 * TAIL, 2)


def test_a_copy_of_a_tracker_has_entries_of_its_own(journal: Journal, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    journal.append([entry(1), entry(2, file="other.json")])
    assert journal.last() == (entry(1), 2)
    (tmp_path / "other.json").unlink()
    assert journal.last()[0] == entry(2, file="other.json")


@pytest.mark.parametrize(
    "make", [lambda path: path.mkdir(), lambda path: os.mkfifo(path), lambda path: path.symlink_to("/dev/null")]
)
def test_what_is_no_file_stops_a_write_and_does_not_hang(journal: Journal, make: Any) -> None:
    Path(journal.path).parent.mkdir(parents=True)
    make(Path(journal.path))
    with pytest.raises(Unavailable, match=r"The journal could not be written: .*Nothing was changed"):
        journal.append([entry(1)])


# --- in the transaction ---------------------------------------------------------------------------------------------------


def test_the_journal_is_on_disk_before_the_file_is_touched(demo: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, bytes]] = []
    real = os.rename

    def rename(source: Any, target: Any) -> None:
        if str(target).endswith("demo.json") and "plans/demo.json" in str(target):
            seen.append((journal_of(demo).read_text().splitlines()[-1], Path(source).read_bytes()))
        real(source, target)

    monkeypatch.setattr(atomic.os, "rename", rename)
    demo.do("mark 1.1 complete")
    line, written = seen[0]
    found = verified(line.encode())
    assert found is not None
    assert (found.sentence, found.after) == ("mark 1.1 complete", digest(written))


def test_every_entry_joins_on_to_the_one_before(demo: Project) -> None:
    demo.do("mark 1.1 complete", "undo", "redo", "assign 1.2 to dana")
    entries = [verified(line) for line in journal_of(demo).read_bytes().splitlines()]
    chain = [(one.before, one.after) for one in entries if one is not None]
    assert len(chain) == len(entries) == 10
    assert all(after == before for (_, after), (before, _) in itertools.pairwise(chain))
    assert chain[-1][1] == digest(demo.path("demo.json").read_bytes())


def test_a_journal_that_cannot_be_written_stops_the_change(demo: Project) -> None:
    path = journal_of(demo)
    path.unlink()
    path.mkdir()
    before = demo.path("demo.json").read_bytes()
    done = demo.say("mark 1.1 complete")
    assert (done.code, "journal" in done.err) == (1, True)
    assert demo.path("demo.json").read_bytes() == before


def test_a_warm_read_opens_no_journal(demo: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    real = os.open
    monkeypatch.setattr(atomic.os, "open", lambda path, *rest: (opened.append(str(path)), real(path, *rest))[1])
    assert demo.say("show 1.1").code == 0
    assert [path for path in opened if "journal" in path or "backups" in path] == []
    assert opened


def test_an_entry_that_never_reached_the_file_is_abandoned_and_never_replayed(
    demo: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.rename

    def fails(source: Any, target: Any) -> None:
        if str(target).endswith("plans/demo.json"):
            raise OSError(5, "Input/output error")
        real(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(atomic.os, "rename", fails)
        assert demo.say("mark 1.1 complete").code == 1
    assert demo.task("1.1")["status"] == "pending"
    assert "mark 1.1 complete" not in demo.say("history").out
    demo.do("assign 1.2 to dana")
    kinds = [row.kind for line in journal_of(demo).read_bytes().splitlines() if (row := verified(line))]
    assert kinds[-3:] == ["commit", "abandoned", "commit"]
    assert demo.task("1.1")["status"] == "pending"
    assert demo.json("history")["data"]["entries"][0]["sentence"] == "assign 1.2 to dana"
    demo.path("demo.json").write_text("")
    demo.do("sync")
    assert (demo.task("1.1")["status"], demo.task("1.2")["assignee"]) == ("pending", "dana")


# --- what happens outside -------------------------------------------------------------------------------------------------


def test_a_valid_edit_by_hand_is_journaled_with_the_next_change(demo: Project) -> None:
    path = demo.path("demo.json")
    path.write_text(path.read_text().replace("Paint walls", "Paint the walls"))
    demo.do("mark 1.1 complete")
    newest, outside = demo.json("history")["data"]["entries"][:2]
    assert newest["sentence"] == "mark 1.1 complete"
    assert (outside["kind"], outside["edits"][0]["after"]) == ("external", "Paint the walls")
    assert demo.task("1.2")["title"] == "Paint the walls"


def test_another_layout_of_the_same_tracker_is_no_edit(demo: Project) -> None:
    path = demo.path("demo.json")
    path.write_text(path.read_text().replace("\n", "\n\n"))
    demo.do("mark 1.1 complete")
    assert [row["kind"] for row in demo.json("history")["data"]["entries"]] == ["commit"] * 7


def test_in_a_fresh_clone_the_journal_begins_anew(demo: Project) -> None:
    for path in [*demo.folder.glob(".ecw/*/*.json*"), *demo.folder.glob(".ecw/*/*/*")]:
        path.unlink()
    demo.do("mark 1.1 complete", "undo")
    assert demo.task("1.1")["status"] == "pending"
    assert demo.say("undo").code == 2


def test_a_checkout_of_an_older_version_is_what_git_says_it_is(tmp_path: Path) -> None:
    here = Repository.begun(tmp_path / "here")
    here.change(renames(1, "Later"))
    here.git("checkout", "-q", "HEAD~1", "--", PLAN.replace("demo", "plan"))
    file = here.trackers().open("docs/plans/plan.json")
    assert file.read().fault is None
    file.update(renames(2, "Other"))
    titles = [task.title for _, task in here.plan().tasks()]
    assert titles == ["One", "Other"]
    assert [row.kind for row in file.journal()][-2:] == ["external", "commit"]
