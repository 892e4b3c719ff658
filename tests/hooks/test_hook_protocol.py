"""The protocol of hooks, with payloads as hosts send them: of every event, of older versions, and of other agents."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from infrastructure import hooks
from infrastructure.consent_store import own_folder
from tests.e2e.conftest import WT, Done, Project
from tests.hooks.scratch import answered, decision_of, payload, tool_call
from tests.projects import demo_project

TRACKER = "docs/plans/demo.json"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return demo_project(tmp_path)


def asked(project: Project, event: str, document: Mapping[str, object] | bytes, **env: str) -> Done:
    """The hook as a process of its own, as a host starts it."""
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    done = subprocess.run(
        [sys.executable, WT, "hook", event], input=raw, cwd="/", env=project.env | env, capture_output=True, timeout=60
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


# --- before a tool call -----------------------------------------------------------------------------------------------


def test_a_denied_call_is_told_to_every_version(project: Project) -> None:
    done = asked(project, "pre-tool-use", tool_call(project, "Write", {"file_path": f"{project.folder}/{TRACKER}"}))
    said = json.loads(done.out)["hookSpecificOutput"]
    assert done.code == 2, "hosts go on after 1; only 2 blocks"
    assert (said["hookEventName"], said["permissionDecision"]) == ("PreToolUse", "deny")
    assert done.err.strip() == said["permissionDecisionReason"]
    assert TRACKER in done.err and 'wt "mark 2.1 complete"' in done.err, "the reason names the legal way"


def test_an_unrelated_call_is_answered_with_silence(project: Project) -> None:
    for tool, given in (("Bash", {"command": "npm test"}), ("Edit", {"file_path": f"{project.folder}/a.py"})):
        assert asked(project, "pre-tool-use", tool_call(project, tool, given)) == Done(0, "", "")


def test_a_person_is_asked_where_one_may_decide(project: Project) -> None:
    done = asked(project, "pre-tool-use", tool_call(project, "Bash", {"command": "git reset --hard"}))
    assert done.code == 0, "with 2 the question would be a denial"
    assert decision_of(done) == "ask"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"session_id": None, "permission_mode": 7, "effort": {"level": "high"}},
        {"agent_id": "a-1", "agent_type": "reviewer"},
        {"prompt_id": "p", "mcp_server": {"name": "x", "source": "user"}, "something_new": [1, {"a": None}]},
        {"permission_mode": "bypassPermissions"},
    ],
)
def test_fields_of_other_versions_change_nothing(project: Project, fields: Mapping[str, object]) -> None:
    call = tool_call(project, "Bash", {"command": f"rm {TRACKER}"}) | dict(fields)
    assert decision_of(answered(project, "pre-tool-use", call)) == "deny"


def test_the_oldest_payload_is_enough(project: Project) -> None:
    bare = {"tool_name": "Write", "tool_input": {"file_path": f"{project.folder}/{TRACKER}", "content": "x"}}
    assert decision_of(answered(project, "pre-tool-use", bare)) == "deny"
    without_folder = {"tool_name": "Bash", "tool_input": {"command": f"rm {TRACKER}"}}
    assert decision_of(answered(project, "pre-tool-use", without_folder)) == "deny", "CLAUDE_PROJECT_DIR says where"


@pytest.mark.parametrize(
    "raw", [b"", b"null", b"[]", b"{}", b'{"tool_name":"Bash"}', b"not json", b"\xff\xfe", b'"text"']
)
def test_a_payload_about_nothing_passes(project: Project, raw: bytes) -> None:
    assert decision_of(answered(project, "pre-tool-use", raw)) == "pass"


@pytest.mark.parametrize("odd", ["9" * 40, "-1e999", "NaN", "-Infinity", '"\t\n"', '"\\ud83d"'])
def test_odd_values_beside_it_hide_no_call(project: Project, odd: str) -> None:
    call = json.dumps(tool_call(project, "Write", {"file_path": f"{project.folder}/link.json"}))
    (project.folder / "link.json").symlink_to(TRACKER)
    raw = f'{{"odd": {odd}, {call[1:]}'.encode()
    assert decision_of(answered(project, "pre-tool-use", raw)) == "deny"


def test_an_event_of_the_future_stops_nobody(project: Project) -> None:
    done = asked(project, "post-model-switch", payload("PostModelSwitch", project))
    assert (done.code, done.out) == (0, "")
    assert "no hook" in done.err
    assert asked(project, "", b"").code == 1


def test_a_call_from_outside_the_project_is_judged_by_its_path(project: Project) -> None:
    elsewhere = tool_call(project, "Bash", {"command": f"rm {project.folder}/{TRACKER}"}) | {"cwd": "/"}
    assert decision_of(answered(project, "pre-tool-use", elsewhere, CLAUDE_PROJECT_DIR="")) == "deny"


def test_outside_a_project_nothing_is_guarded(tmp_path: Path) -> None:
    project = Project(tmp_path)
    for command in ("rm -rf docs/plans/demo.json", "git reset --hard", "echo x > docs/plans/20-x.md"):
        assert (
            decision_of(answered(project, "pre-tool-use", tool_call(project, "Bash", {"command": command}))) == "pass"
        )


# --- what a subagent may say to wt ------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["create initiative 20", "delete task 1.1", "please remove phase 2", 'init "X"'])
def test_a_subagent_is_kept_from_what_the_table_keeps_from_it(project: Project, said: str) -> None:
    call = tool_call(project, "Bash", {"command": f"wt {said!r}"})
    mine, subagents = (answered(project, "pre-tool-use", call | extra) for extra in ({}, {"agent_id": "a-1"}))
    if said.startswith("init"):
        assert decision_of(subagents) == "pass", "a plan without a number needs nobody's consent"
    else:
        assert decision_of(subagents) == "deny"
        assert "subagent" in subagents.err
    assert decision_of(mine) == "pass", "the main agent is asked by wt itself"


@pytest.mark.parametrize("said", ["mark 1.1 complete", "show progress", "what is next?"])
def test_a_subagent_does_its_work(project: Project, said: str) -> None:
    call = tool_call(project, "Bash", {"command": f'wt "{said}"'}, agent_id="a-1")
    assert decision_of(answered(project, "pre-tool-use", call)) == "pass"


# --- the session ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["startup", "resume", "clear", "compact", "fork"])
def test_a_session_begins_with_the_state_of_the_work(project: Project, source: str) -> None:
    project.do("start 1.1", "block 1.2 because the vendor is late")
    said = answered(project, "session-start", payload("SessionStart", project, source=source)).out
    assert f"{TRACKER}, Demo, 0 of 3 tasks complete" in said
    assert "In progress: 1.1 Lay bricks." in said
    assert "Next: 2.1 Inspect." in said
    assert "Blocked: 1." in said


def test_before_a_compaction_the_same_is_said_as_context(project: Project) -> None:
    for trigger in ("manual", "auto"):
        done = answered(project, "pre-compact", payload("PreCompact", project, trigger=trigger, custom_instructions=""))
        said = json.loads(done.out)["hookSpecificOutput"]
        assert said["hookEventName"] == "PreCompact"
        assert TRACKER in said["additionalContext"]


def test_the_context_stays_below_1500_tokens(project: Project) -> None:
    for number in range(40):
        project.do(f"add task to phase 1: {'Paint wall ' * 20}{number}", f"start 1.{number + 1}")
    said = answered(project, "session-start", payload("SessionStart", project, source="startup")).out
    assert 500 < len(said) <= 1500 * 3, "three characters a token is a careful count"


@pytest.mark.parametrize("event", [event for event in hooks.EVENTS if event != "guard"])
def test_every_hook_is_silent_outside_a_project(tmp_path: Path, event: str) -> None:
    project = Project(tmp_path)
    document = payload(
        "X", project, prompt="yes", source="user", stop_hook_active=False, agent_id="a", tool_name="Bash"
    )
    assert answered(project, event, document | {"tool_input": {"command": "true"}}) == Done(0, "", "")


@pytest.mark.parametrize("event", hooks.EVENTS)
@pytest.mark.parametrize("raw", [b"", b"{}", b"[1]", b'{"cwd": 7, "prompt": [], "session_id": {}, "file_path": null}'])
def test_no_hook_stumbles_over_a_payload(project: Project, event: str, raw: bytes) -> None:
    done = answered(project, event, raw)
    assert done.code == 0
    assert "fault" not in done.err


# --- the end of a turn ------------------------------------------------------------------------------------------------


def stopping(project: Project, **fields: object) -> Done:
    return answered(
        project, "stop", payload("Stop", project, stop_hook_active=False, last_assistant_message="Done.") | fields
    )


def test_work_in_progress_is_reminded_of_once(project: Project) -> None:
    project.do("start 1.1")
    answered(project, "session-start", payload("SessionStart", project, source="startup"))
    first = stopping(project)
    assert json.loads(first.out)["decision"] == "block"
    assert "1.1 Lay bricks" in first.out
    assert stopping(project).out == ""


def test_nobody_is_reminded_who_recorded_something(project: Project) -> None:
    project.do("start 1.1")
    answered(project, "session-start", payload("SessionStart", project, source="startup"))
    project.do("note on 1.1: half done")
    assert stopping(project).out == ""


def test_a_reminder_never_loops(project: Project) -> None:
    project.do("start 1.1")
    answered(project, "session-start", payload("SessionStart", project, source="startup"))
    assert stopping(project, stop_hook_active=True).out == ""
    assert stopping(project, session_id="").out == ""


def test_without_work_in_progress_there_is_nothing_to_remind_of(project: Project) -> None:
    answered(project, "session-start", payload("SessionStart", project, source="startup"))
    assert stopping(project).out == ""


# --- changes made past wt ---------------------------------------------------------------------------------------------


def test_a_change_made_past_wt_is_told_after_the_call_and_after_a_subagent(project: Project) -> None:
    path = project.folder / TRACKER
    path.write_text(path.read_text().replace("Lay bricks", "Lay tiles"))
    after = answered(project, "post-tool-use", payload("PostToolUse", project, tool_name="Bash", tool_input={}))
    assert json.loads(after.out)["decision"] == "block"
    assert TRACKER in after.out
    path.write_text(path.read_text().replace("Lay tiles", "Lay stones"))
    stopped = answered(project, "subagent-stop", payload("SubagentStop", project, agent_id="a", stop_hook_active=False))
    assert set(json.loads(stopped.out)) == {"systemMessage"}, "a subagent is never kept from stopping"


def test_what_wt_itself_changed_is_not_told(project: Project) -> None:
    project.do("start 1.1", "mark 1.1 complete")
    call = payload("PostToolUse", project, tool_name="Bash", tool_input={"command": "wt"})
    assert answered(project, "post-tool-use", call).out == ""


def test_a_tracker_that_is_gone_is_told(project: Project) -> None:
    (project.folder / TRACKER).unlink()
    call = payload("PostToolUse", project, tool_name="Bash", tool_input={"command": "x"})
    assert "wt restore" in answered(project, "post-tool-use", call).out


# --- other agents -----------------------------------------------------------------------------------------------------

CODEX = {"hook_event_name": "PreToolUse", "tool_name": "apply_patch"}
PATCH = f"*** Begin Patch\n*** Update File: {TRACKER}\n@@\n-a\n+b\n*** End Patch"


@pytest.mark.parametrize(
    "call",
    [
        CODEX | {"tool_input": {"command": PATCH}},
        {"hook_event_name": "PreToolUse", "tool_name": "shell", "tool_input": {"command": ["rm", TRACKER]}},
        {
            "hook_event_name": "BeforeTool",
            "tool_name": "write_file",
            "tool_input": {"file_path": TRACKER, "content": ""},
        },
        {"hook_event_name": "BeforeTool", "tool_name": "run_shell_command", "tool_input": {"command": f"rm {TRACKER}"}},
        {"hook_event_name": "BeforeTool", "tool_name": "replace", "tool_input": {"file_path": TRACKER}},
        {"hook_event_name": "beforeShellExecution", "command": f"rm {TRACKER}"},
        {
            "hook_event_name": "beforeMCPExecution",
            "tool_name": "mcp__fs__write_file",
            "tool_input": f'{{"path":"{TRACKER}"}}',
        },
        {"hook_event_name": "preToolUse", "tool_name": "Write", "tool_input": {"file_path": TRACKER}},
    ],
)
def test_the_guard_blocks_with_exit_2_in_every_agents_dialect(project: Project, call: Mapping[str, object]) -> None:
    done = answered(project, "guard", {"cwd": str(project.folder), **call})
    assert done.code == 2
    assert done.err.strip()
    assert json.loads(done.out or "{}").get("permission", "deny") == "deny"


@pytest.mark.parametrize(
    "call",
    [
        {"hook_event_name": "BeforeTool", "tool_name": "read_file", "tool_input": {"file_path": TRACKER}},
        {"hook_event_name": "beforeShellExecution", "command": "npm test"},
        {"hook_event_name": "beforeReadFile", "file_path": TRACKER, "content": "{}"},
        {"hook_event_name": "stop"},
    ],
)
def test_the_guard_lets_pass_with_empty_json(project: Project, call: Mapping[str, object]) -> None:
    roots = {"workspace_roots": [str(project.folder)]}
    assert answered(project, "guard", {**roots, **call}) == Done(0, "{}", "")


def test_the_guard_denies_where_it_cannot_ask(project: Project) -> None:
    call = {"hook_event_name": "BeforeTool", "tool_name": "run_shell_command", "tool_input": {"command": "git stash"}}
    done = answered(project, "guard", {"cwd": str(project.folder), **call})
    assert done.code == 2 and "person" in done.err


# --- what it costs ----------------------------------------------------------------------------------------------------

COUNT = """
import sys
before = set(sys.modules)
sys.argv = [{script!r}, "hook", "pre-tool-use"]
left = []
import os
def leave(code):
    left.append(code)
    raise SystemExit(code)
os._exit = leave
own = set(sys.modules) - before
with open({script!r}) as file:
    source = compile(file.read(), {script!r}, "exec")
try:
    exec(source, {{"__name__": "__main__", "__file__": {script!r}}})
except SystemExit:
    pass
print(" ".join(sorted(set(sys.modules) - before - own)), file=sys.stderr)
sys.exit(left[0])
"""
UNRELATED = (
    ("Bash", {"command": "ls -la src && git status"}),
    ("Bash", {"command": "npm test | tail -5"}),
    ("Bash", {"command": 'sed -i "s/a/b/" src/main.py > /tmp/out.txt'}),
    ("Bash", {"command": "for f in src/*.py; do echo $f; done"}),
    ("Bash", {"command": "find src -name '*.pyc' -delete"}),
    ("Bash", {"command": "git checkout -b feature"}),
    ("Bash", {"command": "docker compose up -d"}),
    ("Edit", {"file_path": "/srv/src/main.py", "old_string": "a", "new_string": "b"}),
    ("Write", {"file_path": "/srv/src/main.py", "content": "x" * 100_000}),
    ("Read", {"file_path": "/srv/src/main.py"}),
    ("Grep", {"pattern": "x", "path": "/srv"}),
    ("mcp__github__create_issue", {"title": "x", "body": "y"}),
    ("Task", {"prompt": "look around"}),
)


@pytest.mark.parametrize(("tool", "given"), UNRELATED)
def test_an_unrelated_call_loads_at_most_16_modules(project: Project, tool: str, given: dict[str, object]) -> None:
    program = COUNT.format(script=WT)
    raw = json.dumps(tool_call(project, tool, given)).encode()
    command = [sys.executable, "-I", "-S", "-c", program]
    done = subprocess.run(command, input=raw, cwd=project.folder, env=project.env, capture_output=True, timeout=60)
    loaded = done.stderr.decode().split()
    assert done.returncode == 0, done
    assert len(loaded) <= 16, loaded


# --- where wt keeps its key -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", ["", "/tmp/data", "  "])
def test_the_folder_of_the_key_is_the_one_that_platformdirs_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, data: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", data)
    assert hooks.key_folder(os.environ) == own_folder().replace(os.sep, "/")
