"""Where a project lives: its root, which tracker is meant, its settings; and the work on whole files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from domain.errors import Invalid, NotFound, Refused, Unavailable, Usage, WtError
from infrastructure import project
from infrastructure.codec import encode
from infrastructure.project import Configuration, choose, find_root, tracker_names, user_settings_path
from infrastructure.trackers import ProjectTrackers
from tests.samples import NOW, tracker_with

PLAN = encode(tracker_with("1.1"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with two trackers."""
    place = tmp_path / "project"
    (place / ".ecw").mkdir(parents=True)
    (place / "docs/plans").mkdir(parents=True)
    for name in ("plan", "20-payments"):
        (place / f"docs/plans/{name}.json").write_text(PLAN)
    return place


def meant(root: Path, wanted: str | None = None, default: str | None = None, cwd: Path | None = None) -> str:
    return choose(str(root), str(cwd or root), wanted, default)


# --- the root -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", [".ecw", ".git"])
def test_the_root_is_the_nearest_folder_above_with_a_mark(tmp_path: Path, mark: str) -> None:
    (tmp_path / "a" / mark).mkdir(parents=True)
    (tmp_path / "a/b/c").mkdir(parents=True)
    assert find_root(str(tmp_path / "a/b/c")) == str(tmp_path / "a")


def test_a_git_worktree_marks_its_root_with_a_file(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".git").write_text("gitdir: elsewhere")
    assert find_root(str(tmp_path / "b")) == str(tmp_path)


def test_without_a_mark_the_root_is_where_one_is() -> None:
    assert find_root("/proc/self/fd") == os.path.realpath("/proc/self/fd")


def test_a_root_reached_through_a_link_is_the_real_one(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    assert find_root(str(tmp_path / "link/docs")) == str(root)


# --- which tracker ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted",
    [
        "plan",
        "plan.md",
        "plan.json",
        "docs/plans/plan",
        "docs/plans/plan.md",
        "./docs/plans/plan.json",
        "docs/../docs/plans/plan",
    ],
)
def test_a_tracker_goes_by_its_page_its_file_or_its_bare_name(root: Path, wanted: str) -> None:
    assert meant(root, wanted) == "docs/plans/plan.json"
    assert meant(root, str(root / wanted)) == "docs/plans/plan.json" if "/" in wanted else True


@pytest.mark.parametrize("wanted", ["plan", "docs/plans/plan.json", "plans/plan", "../docs/plans/plan.md"])
def test_a_tracker_is_found_from_a_folder_below(root: Path, wanted: str) -> None:
    assert meant(root, wanted, cwd=root / "docs") == "docs/plans/plan.json"


def test_a_tracker_may_lie_anywhere_in_the_project(root: Path) -> None:
    (root / "work").mkdir()
    (root / "work/other.json").write_text(PLAN)
    assert meant(root, "other", cwd=root / "work") == "work/other.json"
    assert meant(root, "work/other.md") == "work/other.json"


def test_the_default_is_taken_from_the_root(root: Path) -> None:
    assert meant(root, default="20-payments", cwd=root / "docs") == "docs/plans/20-payments.json"
    assert meant(root, "plan", default="20-payments") == "docs/plans/plan.json"


def test_the_only_tracker_there_is_is_meant(root: Path) -> None:
    (root / "docs/plans/plan.json").unlink()
    (root / "docs/plans/.hidden.json").write_text("")
    (root / "docs/plans/notes.txt").write_text("")
    assert meant(root) == "docs/plans/20-payments.json"


def test_several_and_none_chosen_is_a_question(root: Path) -> None:
    with pytest.raises(Usage, match="which one") as caught:
        meant(root)
    assert [name for name, _ in caught.value.candidates] == ["docs/plans/20-payments.json", "docs/plans/plan.json"]
    assert caught.value.exit_code == 2


def test_none_at_all_is_said_with_the_way_to_begin(tmp_path: Path) -> None:
    for wanted in (None, "plan"):
        with pytest.raises(NotFound) as caught:
            meant(tmp_path, wanted)
        assert "wt init" in str(caught.value.hint)
        assert caught.value.exit_code == 3


def test_a_name_that_is_not_there_is_said_with_those_that_are(root: Path) -> None:
    with pytest.raises(NotFound, match=r"no tracker docs/plans/plam\.json") as caught:
        meant(root, "plam")
    assert len(caught.value.candidates) == 2


@pytest.mark.parametrize(
    "wanted", ["../other", "../../etc/passwd", "/etc/passwd", "docs/../../other", "a\0b", "link/other", "linked"]
)
def test_a_tracker_outside_the_project_is_refused(root: Path, tmp_path: Path, wanted: str) -> None:
    (tmp_path / "other.json").write_text(PLAN)
    (root / "link").symlink_to(tmp_path)
    (root / "docs/plans/linked").symlink_to(tmp_path)
    with pytest.raises((Usage, NotFound)) as caught:
        meant(
            root,
            wanted + "/other" if wanted == "linked" else wanted,
            cwd=root / "docs/plans" if wanted == "linked" else None,
        )
    assert wanted == "linked" or isinstance(caught.value, Usage)


def test_a_linked_folder_of_plans_outside_the_project_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/plan.json").write_text(PLAN)
    (tmp_path / "project/docs").mkdir(parents=True)
    (tmp_path / "project/docs/plans").symlink_to(tmp_path / "elsewhere")
    for wanted in (None, "plan"):
        with pytest.raises(Usage, match="outside this project"):
            meant(tmp_path / "project", wanted)


def test_a_linked_folder_inside_the_project_is_followed(root: Path) -> None:
    (root / "plans").symlink_to("docs/plans")
    assert meant(root, "plans/plan.md") == "docs/plans/plan.json"


@pytest.mark.parametrize(
    "wanted", ["x" * 5000, ".", "..", ".json", ".md", "/", "//", "~", "-", " ", "\n", "\x1b[31m", "\udcff", "é"]
)
def test_any_name_is_found_or_refused(root: Path, wanted: str) -> None:
    with pytest.raises(WtError):
        meant(root, wanted)


def test_names_without_a_folder_of_plans_are_none(tmp_path: Path) -> None:
    assert tracker_names(str(tmp_path)) == []
    (tmp_path / "docs").write_text("a file")
    assert tracker_names(str(tmp_path)) == []


# --- settings ---------------------------------------------------------------------------------------------------------------


def configured(root: Path, text: str | bytes | None = None, user: str | None = None, **env: str) -> Configuration:
    env = {"HOME": str(root / "home"), **env}
    if text is not None:
        (root / ".ecw/config.json").write_bytes(text.encode() if isinstance(text, str) else text)
    if user is not None:
        path = Path(user_settings_path(env))
        path.parent.mkdir(parents=True)
        path.write_text(user)
    return Configuration(str(root), env)


def test_the_environment_wins_over_the_project_over_the_user_over_the_default(root: Path) -> None:
    configuration = configured(
        root, '{"tracker": "a", "lock_timeout": 3}', '{"tracker": "b", "size_limit_mb": 1.5}', WT_LOCK_TIMEOUT="0.5"
    )
    assert [configuration[key] for key in ("lock_timeout", "tracker", "size_limit_mb", "completion", "people")] == [
        0.5,
        "a",
        1.5,
        "lenient",
        [],
    ]


def test_an_empty_variable_is_none(root: Path) -> None:
    assert configured(root, WT_TRACKER="")["tracker"] is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a value is missing"),
        ("{", "line 1: "),
        ("[]", "must hold one object"),
        ('{"trakker": "a"}', "there is no setting 'trakker'"),
        ('{"tracker": 5}', "tracker must be text"),
        ('{"people": "dana"}', "people must be a list of texts"),
        ('{"completion": "maybe"}', "completion must be lenient or strict"),
        ('{"lock_timeout": -1}', "lock_timeout must be a number from 0 to 999999999"),
        ('{"lock_timeout": true}', "lock_timeout must be a number"),
        ('{"lock_timeout": NaN}', "NaN is not JSON"),
        ('{"tracker": "a",\n"tracker": "b"}', "line 2: the key 'tracker' stands twice"),
        (b'{"tracker": "\xff"}', "utf-8"),
    ],
)
def test_a_wrong_setting_names_its_file_and_key(root: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said) as caught:
        configured(root, text)
    assert caught.value.message.startswith(".ecw/config.json")
    assert caught.value.exit_code == 1


def test_a_wrong_setting_of_ones_own_names_that_file(root: Path) -> None:
    with pytest.raises(Invalid, match="your own settings: there is no setting 'x'"):
        configured(root, user='{"x": 1}')


@pytest.mark.parametrize("number", ["-1", "abc", "nan", "inf", "1e12", "1_0x"])
def test_a_wrong_number_in_the_environment_names_the_variable(root: Path, number: str) -> None:
    with pytest.raises(Usage, match="WT_LOCK_TIMEOUT must be a number"):
        configured(root, WT_LOCK_TIMEOUT=number)["lock_timeout"]


def test_settings_that_are_no_file_do_not_hang(root: Path) -> None:
    os.mkfifo(root / ".ecw/config.json")
    with pytest.raises(Unavailable, match=r"\.ecw/config\.json cannot be read: it is not a regular file"):
        configured(root)


def test_settings_of_ones_own_may_be_a_link_and_begin_with_a_mark(root: Path) -> None:
    elsewhere = root / "dotfiles.json"
    elsewhere.write_text('\ufeff{"actor": "dana"}')
    path = Path(user_settings_path({"HOME": str(root / "home")}))
    path.parent.mkdir(parents=True)
    path.symlink_to(elsewhere)
    assert configured(root)["actor"] == "dana"


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"XDG_CONFIG_HOME": ""},
        {"XDG_CONFIG_HOME": "  "},
        {"XDG_CONFIG_HOME": "/tmp/settings"},
        {"HOME": "/tmp/elsewhere"},
    ],
)
def test_ones_own_settings_lie_where_platformdirs_says(monkeypatch: pytest.MonkeyPatch, env: Mapping[str, str]) -> None:
    for key, value in env.items():
        monkeypatch.setenv(key, value)
    assert user_settings_path(os.environ) == os.path.join(
        platformdirs.user_config_dir("ecw-work-tracker"), "config.json"
    )


def test_every_setting_has_a_default_of_its_own_kind(root: Path) -> None:
    for setting in project.SETTINGS:
        assert setting.default is None or project._fits(setting.kind, setting.default)
        assert configured(root)[setting.key] == setting.default


# --- all the trackers -------------------------------------------------------------------------------------------------------


def trackers(root: Path, cwd: Path | None = None, **more: Any) -> ProjectTrackers:
    given = {"holder": "me", "now": lambda: NOW, "new_uid": lambda: "uid-000001", "actor": "dana"} | more
    return ProjectTrackers(str(root), str(cwd or root), Configuration(str(root), {"HOME": str(root)}), **given)


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_tracker_is_created_under_the_plans(root: Path) -> None:
    name, committed = trackers(root).create("new", tracker_with("1.1"))
    assert (name, committed.problems, committed.notes) == ("docs/plans/new.json", (), ())
    assert trackers(root).open(name).read().tracker == tracker_with("1.1")
    assert trackers(root).names() == ["docs/plans/20-payments.json", "docs/plans/new.json", "docs/plans/plan.json"]


@pytest.mark.parametrize("slug", ["../../../escaped", "/tmp/escaped"])
def test_no_name_leads_a_new_tracker_out_of_the_project(root: Path, slug: str) -> None:
    with pytest.raises(Usage, match="outside this project"):
        trackers(root).create(slug, tracker_with("1.1"))


def test_a_rehearsal_answers_alike_and_writes_nothing(root: Path) -> None:
    before = contents(root)
    rehearsed = trackers(root).rehearsing()
    assert rehearsed.create("new", tracker_with("1.1"))[0] == "docs/plans/new.json"
    assert rehearsed.delete("docs/plans/plan.json").problems == ()
    assert "missing" in rehearsed.redraw("docs/plans/plan.json").notes[0]
    with pytest.raises(Refused, match="exists already"):
        rehearsed.create("plan", tracker_with("1.1"))
    with pytest.raises(NotFound):
        rehearsed.delete("docs/plans/none.json")
    assert contents(root) == before


@pytest.mark.parametrize(
    ("places", "cwd", "files"),
    [
        ([], ".", ["20-payments", "plan"]),
        (["plan"], ".", ["plan"]),
        (["docs/plans"], ".", ["20-payments", "plan"]),
        (["plans"], "docs", ["20-payments", "plan"]),
        (["."], "docs/plans", ["20-payments", "plan"]),
        (["docs/plans/plan.json", "plan.md", "docs/plans"], ".", ["plan", "20-payments"]),
    ],
)
def test_validating_takes_trackers_and_folders_of_trackers(
    root: Path, places: list[str], cwd: str, files: list[str]
) -> None:
    checked = trackers(root, root / cwd).validate(places)
    assert checked.files == tuple(f"docs/plans/{name}.json" for name in files)
    pages = [finding.file for finding in checked.findings if finding.rule == "page.missing"]
    assert pages == [f"docs/plans/{name}.md" for name in files]


def test_validating_what_is_not_there_or_outside_is_refused(root: Path) -> None:
    for place in ("nothing", ".", "..", "/etc"):
        with pytest.raises(Usage):
            trackers(root).validate([place])


def test_the_size_limit_is_a_setting(root: Path) -> None:
    (root / ".ecw/config.json").write_text(json.dumps({"size_limit_mb": 0.0001}))
    with pytest.raises(Unavailable, match="larger than the limit"):
        trackers(root).open("docs/plans/plan.json").read()
