"""The file of consent: what it holds, and that nothing but wt can write one that counts."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from domain.enforcement.consent import ASKED_FOR, Request, State
from domain.language.answers import Answer
from infrastructure.consent_store import NOT_OURS, OUTDATED, ConsentStore

ROOT = Path(__file__).parent.parent
NOW = 1_767_603_600
YES = Answer("yes")


ASKING = """
import sys
from domain.enforcement.consent import Request
from infrastructure.consent_store import ConsentStore
folder, id = sys.argv[1:]
store = ConsentStore(folder + "/project", keys=lambda: folder + "/own")
store.open(Request(id, "delete_many", id, "shown", "claude", "s1", store.now, store.now + 60))
"""


class Clock:
    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> ConsentStore:
    return store_at(tmp_path, clock)


def store_at(folder: Path, clock: Clock, project: str = "project") -> ConsentStore:
    (folder / project).mkdir(exist_ok=True)
    return ConsentStore(str(folder / project), clock, lambda: str(folder / "own"))


def file_in(folder: Path, project: str = "project") -> Path:
    return folder / project / ".ecw" / "consent-state.json"


def request(id: str = "r10001", number: int = 20) -> Request:
    shown = "Creating new Initiative requires user approval."
    what = f"create initiative {number}"
    return Request(id, "create_initiative", what, shown, "claude", "s1", NOW, NOW + ASKED_FOR, number=number)


def approve(store: ConsentStore, wanted: Request | None = None) -> None:
    store.open(wanted or request())
    assert store.answer(YES, session="s1", by="dana").outcome == "granted"


def grants(store: ConsentStore) -> int:
    state = store.read().state
    assert state is not None
    return len(state.grants)


def test_without_a_file_nobody_agreed_to_anything(store: ConsentStore) -> None:
    assert store.read().state == State() and store.read().trouble == ""


def test_the_file_holds_the_fields_of_the_guide(store: ConsentStore, tmp_path: Path) -> None:
    approve(store)
    grant = store.read().state.grants[0]  # type: ignore[union-attr]  # there is one
    assert store.spend(grant, request())
    store.answer(Answer("blanket", operation="create_initiative"), session="s1", by="dana")
    kept = json.loads(file_in(tmp_path).read_text())
    assert {key: kept[key] for key in list(kept)[:4]} == {
        "session_id": "s1",
        "approved_initiatives": [20],
        "blanket_approval": True,
        "last_updated": "2026-01-05T09:00:00Z",
    }


def test_a_pending_request_says_what_by_whom_and_until_when(store: ConsentStore, tmp_path: Path) -> None:
    store.open(request())
    assert json.loads(file_in(tmp_path).read_text())["pending"] == [
        {
            "id": "r10001",
            "operation": "create_initiative",
            "what": "create initiative 20",
            "shown": "Creating new Initiative requires user approval.",
            "by": "claude",
            "session": "s1",
            "asked_at": "2026-01-05T09:00:00Z",
            "expires_at": "2026-01-05T10:00:00Z",
            "number": 20,
        }
    ]


def test_an_approval_is_spent_once(store: ConsentStore) -> None:
    approve(store)
    (grant,) = store.read().state.grants  # type: ignore[union-attr]  # as approved
    assert store.spend(grant, request())
    assert not store.spend(grant, request())
    store.give_back(grant)
    assert store.spend(grant, request())


def test_an_approval_that_expired_cannot_be_spent(store: ConsentStore, clock: Clock) -> None:
    approve(store)
    (grant,) = store.read().state.grants  # type: ignore[union-attr]  # as approved
    clock.now += ASKED_FOR
    assert not store.spend(grant, request())


# --- what is none of ours ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "altered",
    [
        {"blanket_approval": True},
        {"session_id": "s2"},
        {"serial": 999},
        {"signature": "0" * 64},
        {"signature": 7},
        {"signature": "é"},
        {"grants": []},
        {"serial": "x"},
    ],
)
def test_an_altered_file_counts_as_no_consent_and_is_said(
    store: ConsentStore, tmp_path: Path, altered: dict[str, object]
) -> None:
    approve(store)
    kept = json.loads(file_in(tmp_path).read_text())
    file_in(tmp_path).write_text(json.dumps(kept | altered))
    assert store.read().state == State() and store.read().trouble == NOT_OURS


@pytest.mark.parametrize(
    "made", ["", "{}", "[]", "null", "{", '{"blanket_approval": true}', "\x00", '{"serial": 1, "signature": ""}']
)
def test_a_file_made_by_hand_counts_as_no_consent_and_is_said(store: ConsentStore, tmp_path: Path, made: str) -> None:
    store.open(request())
    file_in(tmp_path).write_text(made)
    assert store.read().state == State() and store.read().trouble == NOT_OURS


def test_an_older_file_put_back_counts_as_no_consent_and_is_said(store: ConsentStore, tmp_path: Path) -> None:
    approve(store)
    before = file_in(tmp_path).read_bytes()
    (grant,) = store.read().state.grants  # type: ignore[union-attr]  # as approved
    store.spend(grant, request())
    file_in(tmp_path).write_bytes(before)
    assert store.read().state == State() and store.read().trouble == OUTDATED


def test_a_file_of_another_project_counts_as_no_consent(store: ConsentStore, tmp_path: Path, clock: Clock) -> None:
    approve(store)
    other = store_at(tmp_path, clock, "other")
    other.open(request())
    shutil.copy(file_in(tmp_path), file_in(tmp_path, "other"))
    assert other.read().trouble == NOT_OURS and grants(other) == 0


def test_a_file_signed_with_another_key_counts_as_no_consent(store: ConsentStore, tmp_path: Path, clock: Clock) -> None:
    forger = ConsentStore(str(tmp_path / "project"), clock, lambda: str(tmp_path / "forged"))
    approve(forger)
    assert grants(forger) == 1 and grants(store) == 0 and store.read().trouble == NOT_OURS


def test_after_a_forged_file_wt_begins_anew(store: ConsentStore, tmp_path: Path) -> None:
    file_in(tmp_path).parent.mkdir()
    file_in(tmp_path).write_text('{"blanket_approval": true}')
    store.open(request())
    assert store.read().trouble == "" and grants(store) == 0


def test_a_link_in_place_of_the_file_decides_nothing(store: ConsentStore, tmp_path: Path) -> None:
    approve(store)
    kept = file_in(tmp_path).rename(tmp_path / "elsewhere.json")
    file_in(tmp_path).symlink_to(kept)
    assert store.read().state is None


def test_a_crash_between_number_and_file_loses_consent_and_never_brings_one_back(
    store: ConsentStore, tmp_path: Path
) -> None:
    approve(store)
    number = next((tmp_path / "own").glob("serial-*"))
    number.write_text(str(int(number.read_text()) + 1))
    assert grants(store) == 0 and store.read().trouble == OUTDATED
    approve(store)
    assert grants(store) == 1 and store.read().trouble == ""


def test_processes_that_ask_at_once_lose_no_request(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    asked = [subprocess.Popen([sys.executable, "-c", ASKING, str(tmp_path), f"r1000{n}"], cwd=ROOT) for n in range(4)]
    assert [process.wait(60) for process in asked] == [0] * 4
    state = ConsentStore(str(tmp_path / "project"), keys=lambda: str(tmp_path / "own")).read().state
    assert state is not None and {request.id for request in state.pending} == {f"r1000{n}" for n in range(4)}


# --- the key ----------------------------------------------------------------------------------------------------------


def test_nobody_else_can_read_the_key(store: ConsentStore, tmp_path: Path) -> None:
    store.open(request())
    key = tmp_path / "own" / "consent.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600 and len(key.read_bytes()) == 32
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700


def test_a_look_makes_no_key(store: ConsentStore, tmp_path: Path) -> None:
    assert store.read().state == State()
    file_in(tmp_path).parent.mkdir()
    file_in(tmp_path).write_text('{"serial": 1, "signature": "x"}')
    assert store.read().trouble == NOT_OURS and not (tmp_path / "own").exists()


def test_a_key_that_others_can_read_decides_nothing(store: ConsentStore, tmp_path: Path) -> None:
    approve(store)
    (tmp_path / "own" / "consent.key").chmod(0o644)
    assert store.read().state is None and "others can read it" in store.read().trouble


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_key_that_cannot_be_read_decides_nothing(store: ConsentStore, tmp_path: Path) -> None:
    approve(store)
    (tmp_path / "own" / "consent.key").chmod(0)
    assert store.read().state is None


def test_a_damaged_serial_number_decides_nothing(store: ConsentStore, tmp_path: Path) -> None:
    approve(store)
    next((tmp_path / "own").glob("serial-*")).write_text("x")
    assert store.read().state is None and "damaged" in store.read().trouble


def test_what_has_expired_is_not_read(store: ConsentStore, clock: Clock) -> None:
    store.open(request())
    clock.now += ASKED_FOR
    assert store.read().state == State("s1")
