"""A project in which tool calls of an agent are judged, and really made: a repository with a tracker, scripts, links."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from infrastructure import hooks
from tests.e2e.conftest import Done, Project, empty_project
from tests.projects import demo_project

HERE = Path(__file__).resolve().parent
FILES = {
    "README.md": "# Demo\n",
    "src/main.py": "print('a')\n",
    "tools/rewrite.py": (
        "import pathlib, sys\n"
        "for path in pathlib.Path(sys.argv[1]).rglob('*'):\n"
        "    if path.is_file():\n"
        "        path.write_text(path.read_text().replace('pending', 'complete'))\n"
    ),
    "damage.sh": "set -e\nrm docs/plans/demo.json\n",
    "target.sh": 'echo "{}" > "$1"\n',
    "look.sh": "cat docs/plans/demo.json\n",
    "damage.py": "#!/usr/bin/env python3\nopen('docs/plans/demo.json', 'w').write('{}')\n",
    "Makefile": "damage:\n\techo '{}' > docs/plans/demo.json\n",
    "undo.patch": "--- a/docs/plans/demo.json\n+++ b/docs/plans/demo.json\n@@ -1 +1 @@\n-a\n+b\n",
    "node_modules/x/index.js": "",
    "build/out.txt": "",
}


class Row(NamedTuple):
    """One call of the table and what becomes of it: denied, asked, leak or passes."""

    kind: str
    result: str
    tool: str
    given: dict[str, Any]  # Any: the input of a tool
    agent_id: str | None = None

    def in_project(self, project: Project) -> dict[str, Any]:
        """The input with the places of a project filled in."""
        text = json.dumps(self.given)
        for name, place in (("{P}", project.folder), ("{KEY}", key_of(project))):
            text = text.replace(name, str(place))
        return dict(json.loads(text))


def rows() -> list[Row]:
    lines = (HERE / "calls.jsonl").read_text(encoding="utf-8").splitlines()
    documents = map(json.loads, lines)
    return [Row(d["class"], d["result"], d["tool"], d["input"], d.get("agent_id")) for d in documents]


def key_of(project: Project) -> Path:
    return project.folder / ".local/share/ecw-work-tracker/consent.key"


def scratch_project(folder: Path) -> Project:
    """Everything that the rows of the table speak of."""
    folder.mkdir(exist_ok=True)
    project = demo_project(folder)
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "damage.py").chmod(0o755)
    (folder / "state-link").symlink_to(".ecw")
    (folder / "link.json").symlink_to("docs/plans/demo.json")
    key_of(project).parent.mkdir(parents=True)
    key_of(project).write_bytes(b"k" * 32)
    key_of(project).chmod(0o600)
    for command in (
        ["init", "-q"],
        ["add", "-A", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *command], cwd=folder, env=project.env, check=True, capture_output=True)
    broken = (folder / "docs/plans/demo.json").read_text().replace("pending", "complete")
    work = folder / "packed/docs/plans"
    work.mkdir(parents=True)
    (work / "demo.json").write_text(broken)
    subprocess.run(["tar", "cf", "backup.tar", "-C", "packed", "docs"], cwd=folder, check=True)
    return project


def plain_project(folder: Path) -> Project:
    return empty_project(folder)


def payload(event: str, project: Project, **fields: object) -> dict[str, Any]:  # Any: JSON
    """What a current host sends."""
    common = {"session_id": "session-1", "transcript_path": "/tmp/t.jsonl", "cwd": str(project.folder)}
    return {**common, "hook_event_name": event, "permission_mode": "default", **fields}


def tool_call(
    project: Project, tool: str, given: Mapping[str, object], **fields: object
) -> dict[str, Any]:  # Any: JSON
    return payload("PreToolUse", project, tool_name=tool, tool_input=dict(given), tool_use_id="t1", **fields)


def answered(project: Project, event: str, document: Mapping[str, object] | bytes, **env: str) -> Done:
    """The answer of a hook, in this process."""
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    with project._entered({"CLAUDE_PROJECT_DIR": str(project.folder), **env}):
        said = hooks.answered(event, raw)
    return Done(said.code, said.out, said.err)


def decision_of(done: Done) -> str:
    """deny, ask or pass, as a host understands exit code and output."""
    if done.code == 2:
        return "deny"
    if not done.out.startswith("{"):
        return "pass"
    document = json.loads(done.out)
    return str(document.get("hookSpecificOutput", {}).get("permissionDecision", "pass"))


MEANS = {"deny": "denied", "ask": "asked", "pass": "passes"}
