"""Payloads that nobody should send: random, torn, huge and deep ones never crash the hook, and deny what they must."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infrastructure import hooks
from tests.e2e.conftest import Project
from tests.hooks.scratch import answered, decision_of, rows, scratch_project, tool_call

MANY = 10_000 if os.environ.get("WT_SLOW_TESTS") else 1_000
QUIET = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
LIMIT = (
    1.0  # seconds of computing for any payload: the work is bounded by count, this only sees that the bound is right
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
SHELL = st.text(alphabet="abdocs/plns.jew *?[]{}()<>|&;$`'\"\\\n=-x1#!~", max_size=120)
PIECES = st.sampled_from(
    "rm;mv;cp;sed -i;> ;>> ;<<EOF\n;| tee ;$(;`;bash -c ';python3 -c \";eval ;docs/plans/demo.json;.ecw/;;{a,b};*;\n;&&;wt ;"
    '--skip-consent;xargs ;find . ;-exec ;git checkout ;$F;F=;\\;"'.split(";")
)
TOOLS = st.sampled_from(["Bash", "PowerShell", "Write", "Edit", "apply_patch", "mcp__a__write", "Read", "New", ""])
CALLS = st.builds(
    lambda tool, given, command, path: {
        "tool_name": tool,
        "tool_input": {**given, "command": command, "file_path": path},
    },
    TOOLS,
    st.dictionaries(st.text(max_size=8), JSON, max_size=3),
    SHELL | st.lists(PIECES, max_size=14).map("".join) | JSON,
    st.text(max_size=60) | JSON,
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = scratch_project(tmp_path_factory.mktemp("hostile") / "p")
    settings_file = made.folder / ".ecw" / "config.json"
    known = json.loads(settings_file.read_text()) if settings_file.exists() else {}
    settings_file.write_text(
        json.dumps({**known, "heal_at_session": False})
    )  # a look at every payload would take minutes
    return made


def within_the_limit(project: Project, raw: bytes, event: str = "pre-tool-use") -> str:
    began = time.process_time()
    done = answered(project, event, raw)
    assert time.process_time() - began < LIMIT
    assert done.code in (0, 2)
    assert "fault of its own" not in done.err, done.err
    return decision_of(done)


@settings(max_examples=MANY, deadline=None, suppress_health_check=QUIET)
@given(document=CALLS)
def test_no_call_crashes_the_hook(project: Project, document: dict[str, object]) -> None:
    within_the_limit(project, json.dumps({"cwd": str(project.folder), **document}).encode(errors="replace"))


@settings(max_examples=MANY // 4, deadline=None, suppress_health_check=QUIET)
@given(raw=st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode(errors="replace")))
def test_no_bytes_crash_any_hook(project: Project, raw: bytes) -> None:
    for event in hooks.EVENTS:
        assert within_the_limit(project, raw, event) == "pass" or hooks.mentions(raw)


DENIED = [row for row in rows() if row.result == "denied" and row.agent_id is None]


@settings(max_examples=MANY // 4, deadline=None, suppress_health_check=QUIET)
@given(row=st.sampled_from(DENIED), extra=st.dictionaries(st.text(max_size=12), JSON, max_size=4))
def test_no_company_turns_a_denial_into_a_pass(project: Project, row: object, extra: dict[str, object]) -> None:
    call = tool_call(project, row.tool, row.in_project(project))  # type: ignore[attr-defined]  # hypothesis gives the row
    assert within_the_limit(project, json.dumps({**extra, **call}).encode(errors="replace")) == "deny"


SPEAKING = [row for row in DENIED if any(name in json.dumps(row.given) for name in ("docs/plans", ".ecw", "consent"))]


@settings(max_examples=MANY // 10, deadline=None, suppress_health_check=QUIET)
@given(row=st.sampled_from(SPEAKING), left=st.integers(1, 40))
def test_a_torn_payload_that_still_names_what_is_protected_is_denied(project: Project, row: object, left: int) -> None:
    raw = json.dumps(tool_call(project, row.tool, row.in_project(project))).encode()  # type: ignore[attr-defined]
    torn = raw[: len(raw) - left]
    assert within_the_limit(project, torn) == "deny" or not hooks.mentions(torn)


@pytest.mark.parametrize("row", DENIED[::6], ids=lambda row: str(row.given)[:60])
def test_twenty_megabytes_of_company_change_nothing(project: Project, row: object) -> None:
    call = tool_call(project, row.tool, row.in_project(project))  # type: ignore[attr-defined]
    for padding in ({"note": "x" * (20 << 20)}, {"note": ["y"] * (5 << 20)}):
        assert within_the_limit(project, json.dumps({**call, **padding}).encode()) == "deny"


def test_escaped_names_in_a_large_payload_are_found(project: Project) -> None:
    raw = json.dumps(tool_call(project, "Write", {"file_path": "@", "content": "x" * (6 << 20)})).encode()
    escaped = "".join(f"\\u{ord(c):04x}" for c in f"{project.folder}/.ecw/config.json")
    assert within_the_limit(project, raw.replace(b'"@"', f'"{escaped}"'.encode())) == "deny"
    assert within_the_limit(project, raw.replace(b"@", str(project.folder / "src/a.py").encode())) == "pass"


@pytest.mark.parametrize("deep", [100, 5_000, 500_000])
def test_deep_nesting_is_read_or_refused(project: Project, deep: int) -> None:
    nested = b'{"tool_name":"Write","tool_input":{"file_path":"%s","x":' % str(project.path("demo.json")).encode()
    assert within_the_limit(project, nested + b"[" * deep + b"]" * deep + b"}}") == "deny"
    assert within_the_limit(project, b'{"tool_name":"Write","x":' + b"[" * deep + b"]" * deep + b"}") == "pass"


@pytest.mark.parametrize(
    "line",
    [
        "$(" * 50_000,
        "<<a\n" * 30_000,
        "{a,b}" * 20_000,
        "{" * 60_000 + "}" * 60_000,
        "a;" * 60_000,
        "echo " + "*/" * 50_000,
        "A=xxxxxxxxxx;" + "A=$A$A;" * 10_000,
        "rm " + "docs/plans/x.json " * 7_000,
        "eval " * 25_000,
        "bash -c '" * 13_000,
        'python3 -c "' + "'a'+" * 30_000,
        "((" * 60_000,
        "[[ " + "a " * 60_000,
        "cat <<A\n" + "`x`" * 40_000,
        "x=$(" + "echo a|" * 18_000,
        "find . " + "-exec rm {} ; " * 9_000,
        "sed -e 's/w /w /' " * 7_000,
    ],
    ids=lambda line: line[:20],
)
def test_a_line_of_shell_costs_no_more_than_its_length(project: Project, line: str) -> None:
    within_the_limit(project, json.dumps(tool_call(project, "Bash", {"command": line})).encode())


def test_a_line_that_no_shell_takes_is_denied_in_a_project_and_passes_elsewhere(
    project: Project, tmp_path: Path
) -> None:
    call = tool_call(project, "Bash", {"command": "git checkout . #" + "x" * 200_000})
    assert within_the_limit(project, json.dumps(call).encode()) == "deny"
    elsewhere = Project(tmp_path)
    assert within_the_limit(elsewhere, json.dumps(call | {"cwd": str(tmp_path)}).encode()) == "pass"
