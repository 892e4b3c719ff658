"""Better versions of playbooks: tried in throw-away clones, proposed to a person, taken or refused by one."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from domain.errors import NotFound, Refused, Unavailable
from domain.playbooks.inquiries import Inquiry
from domain.playbooks.outcomes import HealingOutcome, Taken
from domain.playbooks.proposals import mark_of
from infrastructure import playbook_files
from infrastructure.evolution import Evolution, Proposals
from tests.e2e.conftest import Project
from tests.e2e.test_terminal import on_a_terminal
from tests.playbooks.histories import outcome
from tests.playbooks.test_evolution import Played
from tests.projects import demo_project, kept_in

NOW = 1_767_600_000.0  # 2026-01-05
ID = "probe_failure"
CAREFUL = """playbook:
  id: markdown_drift
  symptoms: pages_stale > 0
  diagnosis: in_git
  remediation:
    pages:
      - action: redraw_pages
  tests: [F19]
"""
POOR = """playbook:
  id: markdown_drift
  symptoms: pages_stale > 0
  remediation:
    edits:
      - action: journal_edits
    pages:
      - action: redraw_pages
  tests: [F18, F19]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".ecw/state").mkdir(parents=True)
    return tmp_path


class Room:
    """Evolution in a project of its own; `plays` says what a version does on the corpus, by its YAML."""

    def __init__(self, root: Path, *outcomes: HealingOutcome) -> None:
        self.root = root
        self.outcomes = outcomes
        self.asked: list[Inquiry] = []
        self.replayed: list[tuple[str, int]] = []
        self.ids: Iterator[str] = (f"p{number}" for number in range(99))

    def plays(self, text: str) -> Played:
        """The order that was turned round needs one attempt, every other two."""
        return Played(attempts=1 if text.index("clear_cache:") < text.index("restart:") else 2)

    def _replay(self, id: str, text: str, faults: Sequence[str], seed: int) -> list[Played]:
        assert id == ID and faults == ("F60", "F61", "F64")
        self.replayed.append((text, seed))
        return [self.plays(text).replace(key=fault) for fault in faults]

    @property
    def evolution(self) -> Evolution:
        library = playbook_files.read(str(self.root))
        return Evolution(
            str(self.root),
            library,
            self.outcomes,
            replay=self._replay,
            ask=self.asked.append,
            new_id=lambda: next(self.ids),
            now=NOW,
            by="dana",
        )

    def evolve(self, *, rehearsal: bool = False) -> dict[str, Any]:  # Any: plain values
        playbook = playbook_files.read(str(self.root)).get(ID)
        (row,) = self.evolution.evolve(playbook, rehearsal=rehearsal)
        return dict(row)

    @property
    def file(self) -> Path:
        return self.root / f".ecw/playbooks/{ID}.yaml"


# --- proposing --------------------------------------------------------------------------------------------------------


def test_a_version_that_does_better_on_the_corpus_is_proposed_with_diff_and_evidence(root: Path) -> None:
    room = Room(root)
    proposal = room.evolve()["proposal"]
    assert (proposal["version"], proposal["variation"]) == (2, "reorder_actions")
    assert "-  version: 1\n+  version: 2\n" in "\n".join(proposal["diff"])
    assert "+    corpus: 'fault corpus: F60, F61, F64'" in proposal["diff"]
    assert proposal["in_words"] == (
        "fault corpus: F60, F61, F64: better in 6 of 6 trials; helped before in 6 of 6 (n/a, 95% sure: 61–100%),"
        " after in 6 of 6 (n/a, 95% sure: 61–100%); better after 6"
    )
    assert not room.file.exists()
    (inquiry,) = room.asked
    assert (inquiry.kind, inquiry.safe_default, inquiry.allows, inquiry.id) == ("proposal", "deny", (), "p0")
    assert (root / ".ecw/state/proposals/p0.diff").read_text().startswith("--- probe_failure v1 (built in)\n")


def test_where_nothing_is_better_nothing_is_proposed(root: Path) -> None:
    room = Room(root)
    room.plays = lambda text: Played()  # type: ignore[method-assign]  # every version does the same
    row = room.evolve()
    assert (row["proposal"], row["why"], room.asked) == (None, "none of them was better", [])
    assert row["tried"][0]["drawn"] == 3 and len(room.replayed) == 2  # a draw everywhere is not played again


def test_where_the_corpus_has_none_of_its_faults_that_is_said(root: Path) -> None:
    room = Room(root)
    room.plays = lambda text: Played(counts=False)  # type: ignore[method-assign]  # not done on this machine
    assert room.evolve()["why"] == "the corpus has none of its faults that can be done here"


def test_a_version_that_loses_on_one_fault_is_not_proposed(root: Path) -> None:
    room = Room(root)
    room.plays = lambda text: Played(attempts=1, touched=9) if "version: 2" in text else Played(attempts=2)  # type: ignore[method-assign]  # better, but not careful
    row = room.evolve()
    assert (row["proposal"], row["tried"][0]["lost"][0]) == (None, "F60: it touches 9 objects instead of 1")


def test_what_waits_for_an_answer_is_not_proposed_twice(root: Path) -> None:
    room = Room(root)
    room.evolve()
    assert room.evolve()["why"] == "a better version waits for an answer already"


def test_a_rehearsal_tries_nothing(root: Path) -> None:
    room = Room(root)
    row = room.evolve(rehearsal=True)
    assert [each["variation"] for each in row["tried"]] == ["reorder_actions"]
    assert (room.replayed, room.asked, list(root.glob(".ecw/state/*"))) == ([], [], [])


def measured(times: int = 14) -> list[HealingOutcome]:
    """Restarting never helped, emptying the cache always did."""
    steps = tuple(Taken("restart_agents", stage, "R1", "done") for stage in ("restart", "clear_cache"))
    return [outcome(f"o{n}", playbook_id=ID, steps=steps, stage="clear_cache") for n in range(times)]


def test_a_stage_that_was_beaten_here_is_reason_enough(root: Path) -> None:
    room = Room(root, *measured())
    proposal = room.evolve()["proposal"]
    assert proposal["said"] == "clear_cache before restart, which it has beaten here"
    assert (proposal["evidence"]["before"]["n"], proposal["evidence"]["after"]["helped"]) == (14, 14)
    assert room.replayed == []


def test_without_a_name_only_what_was_used_here_is_looked_at(root: Path) -> None:
    assert Room(root).evolution.evolve(None, rehearsal=False) == []
    rows = Room(root, *measured()).evolution.evolve(None, rehearsal=True)
    assert [row["playbook"] for row in rows] == [ID]


def test_a_playbook_written_in_python_is_left_as_it_is(root: Path) -> None:
    git_sync = playbook_files.read(str(root)).get("git_sync")
    (row,) = Room(root).evolution.evolve(git_sync, rehearsal=False)
    assert row["why"] == "git_sync is written in Python"


def test_on_the_real_corpus_a_variation_that_makes_no_difference_is_not_proposed(demo: Project) -> None:
    folder = demo.folder / ".ecw/playbooks"
    folder.mkdir()
    (folder / "drift.yaml").write_text(CAREFUL)
    (row,) = demo.json("evolve", "markdown_drift")["data"]["playbooks"]
    (tried,) = row["tried"]
    assert (row["proposal"], tried["variation"], tried["lost"]) == (None, "add_validation_steps", [])
    assert tried["played"] == tried["drawn"] > 0


@pytest.mark.skipif(not os.environ.get("WT_SLOW_TESTS"), reason="slow: set WT_SLOW_TESTS=1")
def test_on_the_real_corpus_a_stage_that_never_helps_is_proposed_to_go_last(demo: Project) -> None:
    folder = demo.folder / ".ecw/playbooks"
    folder.mkdir()
    (folder / "drift.yaml").write_text(POOR)
    (row,) = demo.json("evolve", "markdown_drift")["data"]["playbooks"]
    assert row["proposal"]["said"] == "another order: pages (redraw_pages); edits (journal_edits)"
    assert (row["tried"][0]["won"], row["tried"][0]["played"], row["tried"][0]["lost"]) == (6, 6, [])


# --- a person's answer ------------------------------------------------------------------------------------------------


def test_an_accepted_proposal_becomes_a_playbook_of_the_project(root: Path) -> None:
    room = Room(root)
    room.evolve()
    said = room.evolution.accept(room.asked[0])
    assert said == f".ecw/playbooks/{ID}.yaml holds version 2 of the playbook {ID} now; commit it."
    found = playbook_files.read(str(root))
    playbook = found.get(ID)
    assert found.problems == () and playbook is not None
    assert (playbook.version, [stage.name for stage in playbook.stages][:2]) == (2, ["clear_cache", "restart"])
    assert (playbook.evidence.successes, playbook.last_updated) == (6, "2026-01-05")
    (kept,) = Proposals(str(root)).all()
    assert (kept.state, kept.by) == ("accepted", "dana")


def test_a_rejected_proposal_is_not_made_again(root: Path) -> None:
    room = Room(root)
    room.evolve()
    room.evolution.reject(room.asked[0])
    row = room.evolve()
    assert (row["proposal"], row["why"]) == (None, "there is nothing to vary that was not tried or rejected before")
    assert not room.file.exists()


def own_file(root: Path, text: str | None = None, name: str = "mine.yaml") -> Path:
    folder = root / ".ecw/playbooks"
    folder.mkdir(exist_ok=True)
    shipped = Path(playbook_files.SHIPPED, f"{ID}.yaml").read_text()
    (folder / name).write_text(text or f"# ours\n{shipped}".replace("priority: 0", "priority: 3"))
    return folder / name


def test_a_playbook_of_the_project_is_replaced_where_it_stands_and_what_stood_there_is_kept(root: Path) -> None:
    path = own_file(root)
    before = path.read_text()
    room = Room(root)
    room.evolve()
    room.evolution.accept(room.asked[0])
    assert "version: 2" in path.read_text() and "priority: 3" in path.read_text()
    assert [kept.read_text() for kept in (root / ".ecw/kept").iterdir()] == [before]


def test_a_playbook_that_changed_meanwhile_is_left_as_it_is(root: Path) -> None:
    room = Room(root)
    room.evolve()
    path = own_file(root)
    before = path.read_text()
    with pytest.raises(Refused, match="has changed since"):
        room.evolution.accept(room.asked[0])
    assert path.read_text() == before


def test_a_file_that_is_in_the_way_is_left_as_it_is(root: Path) -> None:
    room = Room(root)
    room.evolve()
    path = own_file(root, "no playbook", f"{ID}.yaml")
    with pytest.raises(Refused, match="in the way"):
        room.evolution.accept(room.asked[0])
    assert path.read_text() == "no playbook"


def test_a_link_is_not_written_through(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    room = Room(root)
    room.evolve()
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (root / ".ecw/playbooks").symlink_to(elsewhere)
    with pytest.raises(Unavailable, match="symbolic link"):
        room.evolution.accept(room.asked[0])
    assert list(elsewhere.iterdir()) == []


def test_a_proposal_that_somebody_has_altered_is_not_used(root: Path) -> None:
    room = Room(root)
    room.evolve()
    path = root / ".ecw/state/proposals/p0.json"
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | {"text": document["text"].replace("restart_agents", "rm")}))
    with pytest.raises(Refused, match="cannot be used"):
        room.evolution.accept(room.asked[0])
    assert not room.file.exists()


def test_a_proposal_that_is_gone_can_be_made_again(root: Path) -> None:
    room = Room(root)
    room.evolve()
    (root / ".ecw/state/proposals/p0.json").unlink()
    with pytest.raises(NotFound):
        room.evolution.accept(room.asked[0])
    assert room.evolve()["proposal"]["id"] == "p1"


def test_two_versions_that_do_the_same_bear_the_same_mark() -> None:
    playbook = playbook_files.built_in().get(ID)
    assert playbook is not None
    assert mark_of(playbook) == mark_of(playbook.replace(version=7, last_updated="2026-01-01"))
    assert mark_of(playbook) != mark_of(playbook.replace(stages=playbook.stages[1:]))


# --- as people and programs use it ------------------------------------------------------------------------------------


@pytest.fixture
def demo(tmp_path: Path) -> Project:
    return demo_project(tmp_path)


def beaten_in(demo: Project) -> None:
    log = demo.folder / ".ecw/state/outcomes.jsonl"
    log.write_text("".join(f"{json.dumps(each.to_document())}\n" for each in measured()))


def test_a_proposal_waits_in_the_inbox_and_anybody_may_refuse_it(demo: Project) -> None:
    beaten_in(demo)
    reply = demo.json("evolve", ID)
    assert (reply["outcome"], reply["understood"][0]["command"]) == ("changed", "evolve_playbooks")
    (row,) = demo.json("inbox")["data"]["inbox"]
    assert (row["kind"], row["what"]) == (
        "proposal",
        "Playbook probe_failure, version 2: clear_cache before restart, which it has beaten here",
    )
    assert any(line.startswith("+  version: 2") for line in row["details"])
    demo.do("heal")  # healing neither settles it nor acts on it
    denied = demo.say("deny", row["id"])
    assert (denied.code, denied.out.splitlines()[0]) == (
        0,
        "Rejected: clear_cache before restart, which it has beaten here is not proposed again for the playbook"
        " probe_failure.",
    )
    assert demo.json("evolve the playbook probe_failure")["data"]["playbooks"][0]["proposal"] is None
    assert kept_in(demo) == []


def test_nobody_but_a_person_at_a_terminal_takes_one(demo: Project) -> None:
    beaten_in(demo)
    demo.say("evolve", ID)
    (row,) = demo.json("inbox")["data"]["inbox"]
    assert demo.say("approve", row["id"]).code == 4
    assert not (demo.folder / ".ecw/playbooks").exists()


def test_a_person_who_has_seen_the_difference_can_take_it(demo: Project) -> None:
    beaten_in(demo)
    demo.say("evolve", ID)
    (row,) = demo.json("inbox")["data"]["inbox"]
    screen = on_a_terminal(demo, "approve", row["id"], typed="yes\n", columns=200)
    assert (screen.code, "clear_cache before restart" in screen.text) == (0, True)
    assert "version: 2" in (demo.folder / f".ecw/playbooks/{ID}.yaml").read_text()
    assert demo.json("playbook", "show", ID)["data"]["version"] == 2
    assert demo.json("inbox")["data"]["waiting"] == 0
    newer = measured()[0].replace(id="later", version=2, timestamp=2000.0).to_document()
    with (demo.folder / ".ecw/state/outcomes.jsonl").open("a") as log:
        log.write(f"{json.dumps(newer)}\n")
    page = demo.say("heal", "report", "--since", "ever").out
    assert "- probe_failure: v1 → v2\n   - Clear_cache before restart, which it has beaten here.\n" in page


@pytest.mark.parametrize(
    ("said", "code", "line"),
    [
        (("evolve",), 0, "No playbook was used here yet."),
        (("evolve", "probe_failur"), 3, "There is no playbook probe_failur; did you mean probe_failure?"),
        (("--dry-run", "evolve", "clock_jump"), 0, "What would be tried:"),
        (("evolve the playbook clock_jump",), 0, "Nothing better was found."),
    ],
)
def test_what_was_found_is_said_in_a_line(demo: Project, said: tuple[str, ...], code: int, line: str) -> None:
    done = demo.say(*said)
    assert (done.code, (done.out or done.err).splitlines()[0]) == (code, line)
