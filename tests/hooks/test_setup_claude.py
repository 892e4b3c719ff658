"""`wt setup claude`: merged into what is there, the same twice, and out again to the byte; hooks that cannot run block nobody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infrastructure import setup_claude
from infrastructure.setup_claude import GUIDE, SETTINGS, Program
from tests.e2e.conftest import Done, Project
from tests.e2e.test_terminal import on_a_terminal
from tests.hooks.scratch import answered, payload
from tests.projects import demo_project

OWN_HOOK = {"hooks": [{"type": "command", "command": "echo mine"}]}
FOREIGN = {
    "model": "opus",
    "permissions": {"allow": ["Bash(npm test)"], "deny": ["Read(.env)"]},
    "hooks": {"PreToolUse": [{"matcher": "Bash", **OWN_HOOK}], "Stop": [OWN_HOOK]},
}
LAYOUTS = {
    "none": None,
    "empty": "",
    "two": json.dumps(FOREIGN, indent=2) + "\n",
    "four without end": json.dumps(FOREIGN, indent=4),
    "tabs": json.dumps(FOREIGN, indent="\t") + "\n\n",
    "one line": json.dumps(FOREIGN),
    "empty object": "{}\n",
    "unicode": json.dumps({"note": "größe"}, ensure_ascii=False) + "\n",
}
PAGES = {
    "none": None,
    "empty": "",
    "plain": "# Project\n\nBe kind.\n",
    "without end": "# Project",
    "windows": "# Project\r\n\r\nBe kind.\r\n",
    "blank end": "# Project\n\n\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return demo_project(tmp_path)


def put(project: Project, name: str, text: str | None) -> None:
    if text is not None:
        path = project.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())


def there(project: Project) -> dict[str, bytes | None]:
    paths = {name: project.folder / name for name in (SETTINGS, GUIDE)}
    return {name: path.read_bytes() if path.exists() else None for name, path in paths.items()}


def settings_of(project: Project) -> dict[str, object]:
    return dict(json.loads((project.folder / SETTINGS).read_text()))


def commands_of(project: Project, event: str) -> list[str]:
    groups = settings_of(project)["hooks"][event]  # type: ignore[index]  # JSON
    return [handler["command"] for group in groups for handler in group["hooks"]]


def start(project: Project, command: str, document: object) -> Done:
    """A hook as Claude Code starts it: the text through a shell, the payload on standard input."""
    raw = json.dumps(document).encode()
    done = subprocess.run(["sh", "-c", command], input=raw, cwd="/", env=project.env, capture_output=True, timeout=60)
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def write_of(project: Project) -> dict[str, object]:
    return payload(
        "PreToolUse", project, tool_name="Write", tool_input={"file_path": f"{project.folder}/.ecw/config.json"}
    )


# --- in, twice, and out -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_removing_leaves_every_byte_as_it_was(project: Project, layout: str | None, page: str | None) -> None:
    put(project, SETTINGS, layout)
    put(project, GUIDE, page)
    before = there(project)
    assert project.say("setup", "claude").code == 0
    assert there(project) != before
    assert project.say("setup", "claude", "--remove").code == 0
    assert there(project) == before


def test_setting_up_twice_changes_nothing(project: Project) -> None:
    project.say("setup", "claude")
    before = there(project)
    assert project.json("setup", "claude")["outcome"] == "unchanged"
    assert there(project) == before


def test_what_was_there_stays(project: Project) -> None:
    put(project, SETTINGS, LAYOUTS["two"])
    project.say("setup", "claude")
    made = settings_of(project)
    assert made["model"] == "opus"
    assert commands_of(project, "Stop")[0] == "echo mine"
    assert made["permissions"]["allow"] == ["Bash(npm test)"]  # type: ignore[index]  # JSON
    assert made["permissions"]["deny"][:3] == ["Read(.env)", "Edit(/docs/plans/*.json)", "Edit(/.ecw/**)"]  # type: ignore[index]


def test_every_event_is_called_by_absolute_path(project: Project) -> None:
    project.say("setup", "claude")
    for event in setup_claude.EVENTS:
        (command,) = commands_of(project, event.name)
        assert f"exec {sys.executable} -EP " in command and command.endswith(f" hook {event.ours}")
        assert "onFailure" not in json.dumps(settings_of(project))


def test_what_others_added_since_survives_the_removal(project: Project) -> None:
    project.say("setup", "claude")
    document = settings_of(project)
    document["hooks"]["Stop"].append(OWN_HOOK)  # type: ignore[index]  # JSON
    put(project, SETTINGS, json.dumps(document, indent=2))
    (project.folder / GUIDE).write_text((project.folder / GUIDE).read_text() + "\nMore.\n")
    assert project.say("setup", "claude").code == 0
    project.say("setup", "claude", "--remove")
    left = settings_of(project)
    assert left["hooks"] == {"Stop": [OWN_HOOK]}
    assert "permissions" not in left
    assert (project.folder / GUIDE).read_text().strip() == "More."


def test_the_removal_knows_its_own_even_without_its_notes(project: Project) -> None:
    put(project, SETTINGS, LAYOUTS["two"])
    put(project, GUIDE, PAGES["plain"])
    project.say("setup", "claude")
    (project.folder / ".ecw/setup/claude.json").unlink()
    project.say("setup", "claude", "--remove")
    assert settings_of(project) == FOREIGN
    assert (project.folder / GUIDE).read_text() == PAGES["plain"]


def test_a_backup_is_kept(project: Project) -> None:
    put(project, SETTINGS, LAYOUTS["tabs"])
    project.say("setup", "claude")
    assert (project.folder / ".ecw/setup/.claude%2Fsettings.json.before").read_text() == LAYOUTS["tabs"]


def test_an_older_wt_is_replaced_and_told_by_check(project: Project) -> None:
    elsewhere = Program("/opt/old/bin/python", "/opt/old/scripts/wt.py")
    setup_claude.set_up(str(project.folder), elsewhere)
    done = project.say("setup", "claude", "--check")
    assert (done.code, "calls another wt for PreToolUse" in done.out + done.err) == (1, True)
    project.say("setup", "claude")
    assert project.say("setup", "claude", "--check").code == 0
    assert "/opt/old" not in (project.folder / SETTINGS).read_text()


def test_check_says_what_is_missing(project: Project) -> None:
    done = project.say("--json", "setup", "claude", "--check")
    assert done.code == 1
    assert len(done.reply["data"]["problems"]) >= len(setup_claude.EVENTS)
    assert there(project) == {SETTINGS: None, GUIDE: None}


def test_print_shows_it_and_writes_nothing(project: Project) -> None:
    done = project.say("setup", "claude", "--print")
    assert done.code == 0
    assert '"PreToolUse"' in done.out and "## Working with `wt`" in done.out
    assert there(project) == {SETTINGS: None, GUIDE: None}


def test_a_dry_run_shows_the_difference(project: Project) -> None:
    done = project.say("--dry-run", "setup", "claude")
    assert "+++ b/CLAUDE.md" in done.out
    assert there(project) == {SETTINGS: None, GUIDE: None}


@pytest.mark.parametrize("text", ["{", "[]", '{"hooks": []}', "{'a': 1}", "// note\n{}", "[" * 100_000])
def test_settings_that_cannot_be_read_are_left_alone(project: Project, text: str) -> None:
    put(project, SETTINGS, text)
    for arguments in ((), ("--remove",), ("--check",)):
        done = project.say("setup", "claude", *arguments)
        assert (done.code, "nothing was changed" in done.err) == (1, True)
    assert there(project) == {SETTINGS: text.encode(), GUIDE: None}


def test_the_guidelines_of_this_repository_are_the_ones_that_are_written() -> None:
    text = (Path(__file__).resolve().parents[2] / GUIDE).read_text(encoding="utf-8")
    assert setup_claude.with_block(text) == text


# --- hooks that run, and hooks that cannot ----------------------------------------------------------------------------


def test_the_hook_denies_as_it_stands_in_the_settings(project: Project) -> None:
    project.say("setup", "claude")
    (command,) = commands_of(project, "PreToolUse")
    assert start(project, command, write_of(project)).code == 2
    assert start(
        project, command, payload("PreToolUse", project, tool_name="Bash", tool_input={"command": "ls"})
    ) == Done(0, "", "")


@pytest.mark.parametrize("part", ["python", "script"])
def test_a_wt_that_is_gone_blocks_no_call(project: Project, part: str) -> None:
    gone = setup_claude.program().replace(**{part: f"/nowhere/{part}/wt.py"})
    done = start(project, gone.command("pre-tool-use"), write_of(project))
    assert done.code not in (2,), "2 would lock every tool out"
    closed = start(project, gone.command("pre-tool-use", fail_closed=True), write_of(project))
    assert closed.code not in (0, 2), "with onFailure the host takes this for a block, and says so"


@pytest.mark.parametrize("broken", ["{", '{"no_such_setting": 1}', "\0"])
def test_broken_settings_of_the_project_neither_block_nor_open(project: Project, broken: str) -> None:
    (project.folder / ".ecw/config.json").write_text(broken)
    project.env["CLAUDE_PROJECT_DIR"] = str(project.folder)
    command = setup_claude.program().command("pre-tool-use")
    assert start(project, command, write_of(project)).code == 2
    assert (
        start(project, command, payload("PreToolUse", project, tool_name="Bash", tool_input={"command": "ls"})).code
        == 0
    )
    for event in ("session-start", "stop", "post-tool-use", "user-prompt-submit"):
        assert start(project, setup_claude.program().command(event), payload("X", project, prompt="hi")).code == 0


def test_without_a_project_the_hook_is_silent(tmp_path: Path) -> None:
    project = Project(tmp_path)
    assert start(project, setup_claude.program().command("pre-tool-use"), write_of(project)) == Done(0, "", "")


def test_a_folder_of_the_same_names_is_not_taken_for_wt(project: Project, tmp_path: Path) -> None:
    for name in ("infrastructure", "domain", "json", "os"):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('shadowed')")
    project.env["PYTHONPATH"] = str(tmp_path)
    assert start(project, setup_claude.program().command("pre-tool-use"), write_of(project)).code == 2


# --- fail closed ------------------------------------------------------------------------------------------------------


def test_fail_closed_is_set_for_the_one_hook_that_can_deny_and_only_after_a_test(project: Project) -> None:
    assert project.say("setup", "claude", "--fail-closed").code == 0
    hooks = settings_of(project)["hooks"]
    closed = [event for event, groups in hooks.items() for g in groups for h in g["hooks"] if "onFailure" in h]  # type: ignore[attr-defined]
    assert closed == ["PreToolUse"]
    assert project.say("setup", "claude", "--check").code == 0
    assert project.say("setup", "claude").code == 0
    assert "onFailure" not in (project.folder / SETTINGS).read_text(), "said again without it, it is taken back"


def test_a_hook_that_fails_its_test_is_not_set_up(project: Project) -> None:
    broken = setup_claude.program().replace(python="/nowhere/python")
    with pytest.raises(setup_claude.Invalid, match=r"answered 127 where 2 was expected; nothing was changed"):
        setup_claude.set_up(str(project.folder), broken, fail_closed=True)
    assert there(project) == {SETTINGS: None, GUIDE: None}


# --- its own settings -------------------------------------------------------------------------------------------------


def changed(project: Project, **fields: object) -> Done:
    document = payload("ConfigChange", project, source="project_settings", file_path=f"{project.folder}/{SETTINGS}")
    return answered(project, "config-change", document | fields)


def test_a_change_that_switches_the_hooks_off_takes_no_effect(project: Project) -> None:
    project.say("setup", "claude")
    assert changed(project) == Done(0, "", "")
    whole = (project.folder / SETTINGS).read_text()
    for text in (
        "{}",
        "{",
        json.dumps(json.loads(whole) | {"disableAllHooks": True}),
        whole.replace("hook stop", "hook x"),
    ):
        put(project, SETTINGS, text)
        assert json.loads(changed(project).out)["decision"] == "block"
        assert changed(project, source="policy_settings") == Done(0, "", ""), "a policy cannot be kept from anything"
    put(project, SETTINGS, json.dumps(json.loads(whole) | {"model": "opus"}))
    assert changed(project) == Done(0, "", "")


def test_a_removal_that_a_person_made_takes_effect(project: Project) -> None:
    project.say("setup", "claude")
    project.say("setup", "claude", "--remove")
    put(project, SETTINGS, "{}")
    assert changed(project) == Done(0, "", "")


def test_settings_of_others_are_nobodys_business_but_for_the_switch(project: Project) -> None:
    put(project, ".claude/settings.local.json", "{}")
    local = f"{project.folder}/.claude/settings.local.json"
    assert changed(project, source="local_settings", file_path=local) == Done(0, "", "")
    put(project, ".claude/settings.local.json", '{"disableAllHooks": true}')
    assert json.loads(changed(project, source="local_settings", file_path=local).out)["decision"] == "block"
    assert changed(project, file_path=None, source="skills") == Done(0, "", "")


def test_the_notes_are_not_in_git() -> None:
    assert os.path.basename(setup_claude._folder("/p")) == "setup"


# --- on a terminal ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("typed", "agreed"), [("y\n", True), ("n\n", False), ("\n", False), ("", False)])
def test_on_a_terminal_the_difference_is_shown_and_asked_about_first(
    project: Project, typed: str, agreed: bool
) -> None:
    screen = on_a_terminal(project, "setup", "claude", typed=typed)
    assert "+++ b/.claude/settings.json" in screen.text and "Make these changes?" in screen.text
    assert (there(project)[SETTINGS] is not None) == agreed
    before = there(project)
    assert on_a_terminal(project, "setup", "claude", "--dry-run", typed="y\n").code == 0
    assert there(project) == before
