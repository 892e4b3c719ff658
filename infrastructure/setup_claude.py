"""`wt setup claude`: hooks, deny rules and a block in CLAUDE.md, merged into what is there, removable to the byte."""

from __future__ import annotations

import json
import os
import shlex
import sys

from domain.commands.table import Block
from domain.errors import Invalid, NotFound, Unavailable
from domain.record import Record
from domain.reply import Reply
from infrastructure import state_files
from infrastructure.atomic import Replacement, make_folder
from infrastructure.codec import digest
from infrastructure.project import OWN, PLANS, tracker_names
from infrastructure.regular_files import read_file, why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    Document = dict[str, Any]  # JSON as parsed: the settings of another program

SETTINGS, GUIDE = ".claude/settings.json", "CLAUDE.md"
LIMIT = 1 << 20  # bytes
SCHEMA = "https://json.schemastore.org/claude-code-settings.json"
BEGIN, END = "<!-- wt guidelines: begin -->", "<!-- wt guidelines: end -->"
WRITING_TOOLS = "Bash|PowerShell|Edit|MultiEdit|Write|NotebookEdit|mcp__.*"
GUIDELINES = """\
## Working with `wt`

- The plan is `docs/plans/*.json`; the `.md` beside it is drawn from it. Edit neither by hand: say it, `wt "start 2.1"`,
  `wt "mark 2.1 complete"`, `wt "add task to phase 2: …"`, `wt "note on 2.1: …"`.
- Look before you act: `wt next`, `wt "show 2.1"`, `wt "what is blocked?"`. `--json` gives one object; 0 means done.
- Mark a task complete only when it is, and attach what proves it: `wt "attach evidence to 2.1: tests/test_x.py"`.
- Exit 4 means a person has to agree. Ask them; do not look for a way round.
- Exit 2 means the sentence was not understood or must not be carried out; the answer says what to say instead.
"""


class Event(Record):
    """One hook: the event of the host, the tools it is called for, our name of it, its limit in seconds."""

    name: str
    ours: str
    matcher: str | None = None
    timeout: int = 10
    guards: bool = True  # without it the hooks count as switched off


EVENTS = (
    Event("SessionStart", "session-start"),
    Event("SessionEnd", "session-end", guards=False),
    Event("UserPromptSubmit", "user-prompt-submit"),
    Event("PreToolUse", "pre-tool-use", "*"),
    Event("PostToolUse", "post-tool-use", WRITING_TOOLS),
    Event("PreCompact", "pre-compact"),
    Event("Stop", "stop"),
    Event("SubagentStop", "subagent-stop"),
    Event("ConfigChange", "config-change"),
)


class Program(Record):
    """The interpreter and the script by absolute path, so that no other `wt` can be meant."""

    python: str
    script: str

    def command(self, event: str, *, fail_closed: bool = False) -> str:
        """A line for a shell. Without the script it ends before Python would say 2, which blocks every call."""
        otherwise = 1 if fail_closed else 0
        script = shlex.quote(self.script)
        return f"test -f {script} || exit {otherwise}; exec {shlex.quote(self.python)} -EP {script} hook {event}"


def program() -> Program:
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return Program(sys.executable, os.path.join(root, "scripts", "wt.py"))


class Change(Record):
    """What becomes of one file: its text before and after, None where there is no file."""

    name: str
    before: str | None
    after: str | None


# --- what the command line asks for -----------------------------------------------------------------------------------


def set_up(
    root: str,
    program: Program,
    *,
    fail_closed: bool = False,
    dry_run: bool = False,
    agrees: Callable[[str], bool] | None = None,
) -> Reply:
    """Merge hooks, deny rules and the block into what is there; `agrees` is shown the diff and asked first.

    Raises Invalid for settings that cannot be read, or when `fail_closed` and the hook fails its test; Unavailable.
    """
    changes = [_settings_change(root, program, fail_closed=fail_closed), _guide_change(root)]
    changes = [change for change in changes if change.before != change.after]
    if not changes:
        return Reply("unchanged", "Claude Code calls the hooks of wt here already.")
    if fail_closed:
        must_work(root, program)
    shown = diff(changes)
    if not dry_run:
        if agrees is not None and not agrees(shown):
            return Reply("unchanged", "Nothing was changed.")
        _write_all(root, changes, keep=True)
    return Reply(
        "changed",
        "Claude Code calls the hooks of wt here.",
        hint=f"Commit {SETTINGS} and {GUIDE} only if everybody has wt in that place. /hooks shows the hooks.",
        blocks=(Block("text", lines=tuple(shown.splitlines())),) if dry_run else (),
        data={"files": [change.name for change in changes], "fail_closed": fail_closed},
        dry_run=dry_run,
    )


def remove(root: str, *, dry_run: bool = False, agrees: Callable[[str], bool] | None = None) -> Reply:
    """Take out what `set_up` put in: to the byte where nobody edited the file since. Raises Invalid, Unavailable."""
    found = [_without(root, name) for name in (SETTINGS, GUIDE)]
    changes = [change for change in found if change.before != change.after]
    if not changes:
        return Reply("unchanged", "The hooks of wt are not set up here.")
    shown = diff(changes)
    if not dry_run:
        if agrees is not None and not agrees(shown):
            return Reply("unchanged", "Nothing was changed.")
        _forget(root)
        _write_all(root, changes, keep=False)
    return Reply(
        "changed",
        "Claude Code no longer calls the hooks of wt here.",
        blocks=(Block("text", lines=tuple(shown.splitlines())),) if dry_run else (),
        data={"files": [change.name for change in changes]},
        dry_run=dry_run,
    )


def check(root: str, program: Program) -> Reply:
    """Whether the hooks are set up, are those of this wt, and can run. Raises Invalid, Unavailable."""
    wrong = list(_problems(root, program))
    if not wrong:
        return Reply("answered", "Claude Code calls the hooks of wt here.", data={"problems": []})
    return Reply(
        "invalid",
        "Claude Code does not call the hooks of wt as it should.",
        hint="Set it up: wt setup claude",
        blocks=(Block("text", lines=tuple(wrong)),),
        data={"problems": wrong},
    )


def printed(program: Program, root: str, *, fail_closed: bool = False) -> str:
    """What would be merged in, for those who keep their settings by hand."""
    document = with_hooks({}, program, _deny_rules(root), fail_closed=fail_closed)
    return f"{SETTINGS}:\n{_json(document, 2)}\n{GUIDE}:\n{BEGIN}\n{GUIDELINES}{END}\n"


def _problems(root: str, program: Program) -> Iterator[str]:
    document = _parsed(_read(root, SETTINGS))
    if document.get("disableAllHooks") is True:
        yield f"{SETTINGS} switches all hooks off (disableAllHooks)."
    for event in EVENTS:
        commands = [handler["command"] for handler in _handlers(document, event.name) if _is_ours(handler)]
        if not commands:
            yield f"{SETTINGS} has no hook of wt for {event.name}."
        elif not {program.command(event.ours), program.command(event.ours, fail_closed=True)} & set(commands):
            yield f"{SETTINGS} calls another wt for {event.name}: {commands[0]}"
    rules = _list(document.get("permissions"), "deny")
    yield from (f"{SETTINGS} does not deny {rule}." for rule in _deny_rules(root) if rule not in rules)
    if f"{BEGIN}\n{GUIDELINES}{END}" not in (_read(root, GUIDE) or "").replace("\r\n", "\n"):
        yield f"{GUIDE} does not hold the guidelines of this wt."
    for path in (program.python, program.script):
        if not os.path.exists(path):
            yield f"{path} is not there."


def is_switched_off(root: str, path: str) -> bool:
    """Whether a file of settings, as it is now, takes hooks away that were set up in it, or switches all off."""
    name = os.path.relpath(os.path.realpath(path), os.path.realpath(root)).replace(os.sep, "/")
    try:
        document = _parsed(_text_of(path))
    except (Invalid, Unavailable):
        return name in _record(root)
    if document.get("disableAllHooks") is True:
        return True
    if name not in _record(root):
        return False
    return not all(any(map(_is_ours, _handlers(document, event.name))) for event in EVENTS if event.guards)


def is_broken(root: str) -> bool:
    """Whether hooks that were set up here are gone or switched off; never where they were not set up."""
    return SETTINGS in _record(root) and is_switched_off(root, os.path.join(root, SETTINGS))


def set_up_again(root: str, program: Program) -> Reply:
    """What was set up, as strict as what is left of it says. Raises as `set_up` does."""
    closed = program.command("pre-tool-use", fail_closed=True)
    is_closed = closed in json.dumps(_parsed(_read(root, SETTINGS)), ensure_ascii=False)
    return set_up(root, program, fail_closed=is_closed)


# --- the settings -----------------------------------------------------------------------------------------------------


def with_hooks(document: Document, program: Program, deny: Sequence[str], *, fail_closed: bool) -> Document:
    """The settings with our hooks, each once, and our deny rules; what is there keeps its place."""
    made = without_hooks(document, ())
    if not document:
        made["$schema"] = SCHEMA
    hooks = made.setdefault("hooks", {})
    for event in EVENTS:
        closed = fail_closed and event.ours == "pre-tool-use"
        handler: Document = {"type": "command", "command": program.command(event.ours, fail_closed=closed)}
        handler["timeout"] = event.timeout
        if closed:
            handler["onFailure"] = "block"
        group: Document = {"matcher": event.matcher} if event.matcher else {}
        hooks.setdefault(event.name, []).append({**group, "hooks": [handler]})
    rules = made.setdefault("permissions", {}).setdefault("deny", [])
    rules += [rule for rule in deny if rule not in rules]
    return made


def without_hooks(document: Document, deny: Sequence[str]) -> Document:
    """The settings without our hooks and without these deny rules; what we leave empty goes too."""
    made = json.loads(json.dumps(document))
    hooks = made.get("hooks")
    if isinstance(hooks, dict):
        for event in list(hooks):
            _without_ours(hooks, event)
        if not hooks and document["hooks"]:
            del made["hooks"]
    permissions = made.get("permissions")
    if isinstance(permissions, dict) and isinstance(permissions.get("deny"), list) and deny:
        permissions["deny"] = [rule for rule in permissions["deny"] if rule not in deny]
        if not permissions["deny"]:
            del permissions["deny"]
        if not permissions:
            del made["permissions"]
    return dict(made)


def _without_ours(hooks: Document, event: str) -> None:
    groups = hooks[event]
    if not isinstance(groups, list):
        return
    kept = []
    for group in groups:
        handlers = group.get("hooks") if isinstance(group, dict) else None
        if not isinstance(handlers, list) or not any(map(_is_ours, handlers)):
            kept.append(group)
            continue
        left = [handler for handler in handlers if not _is_ours(handler)]
        if left:
            kept.append({**group, "hooks": left})
    if kept or not groups:
        hooks[event] = kept
    else:
        del hooks[event]


def _handlers(document: Document, event: str) -> list[Document]:
    groups = _list(document.get("hooks"), event)
    found = [handler for group in groups if isinstance(group, dict) for handler in _list(group, "hooks")]
    return [handler for handler in found if isinstance(handler, dict)]


def _list(value: object, key: str) -> list[Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def _is_ours(handler: object) -> bool:
    """A hook of wt, this one or one that was installed elsewhere."""
    command = handler.get("command") if isinstance(handler, dict) else None
    if not isinstance(command, str) or "wt.py" not in command:
        return False
    return any(command.endswith(f" hook {event.ours}") for event in EVENTS)


def _deny_rules(root: str) -> list[str]:
    """Rules for the host's own file tools, which hold even where a hook does not run. `/` is the project's root."""
    pages = [f"{name.removesuffix('.json')}.md" for name in tracker_names(root)]
    return [f"Edit(/{PLANS}/*.json)", f"Edit(/{OWN}/**)", *(f"Edit(/{page})" for page in pages)]


def _settings_change(root: str, program: Program, *, fail_closed: bool) -> Change:
    before = _read(root, SETTINGS)
    document = _parsed(before)
    made = with_hooks(document, program, _deny_rules(root), fail_closed=fail_closed)
    if _ours_in(made) == _ours_in(document) and _deny_of(made) == _deny_of(document):
        return Change(SETTINGS, before, before)  # ours may stand before or behind what others added since
    return Change(SETTINGS, before, _json(made, _indent(before)))


def _ours_in(document: Document) -> list[list[Document]]:
    return [list(filter(_is_ours, _handlers(document, event.name))) for event in EVENTS]


def _deny_of(document: Document) -> set[str]:
    return set(map(str, _list(document.get("permissions"), "deny")))


def _parsed(text: str | None) -> Document:
    """Raises Invalid for what is no JSON object."""
    if text is None or not text.strip():
        return {}
    try:
        document = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{SETTINGS} is no JSON: {error}.", hint="Mend that file; nothing was changed.") from None
    if not isinstance(document, dict) or not all(
        isinstance(document.get(key, {}), dict) for key in ("hooks", "permissions")
    ):
        raise Invalid(f"{SETTINGS} does not hold settings of Claude Code.", hint="Mend that file; nothing was changed.")
    return document


def _json(document: Document, indent: int | str) -> str:
    return json.dumps(document, indent=indent, ensure_ascii=False) + "\n"


def _indent(text: str | None) -> int | str:
    """As deep as the file is indented already."""
    for line in (text or "").splitlines()[1:]:
        blank = line[: len(line) - len(line.lstrip())]
        if blank:
            return blank
    return 2


# --- the guidelines ---------------------------------------------------------------------------------------------------


def _guide_change(root: str) -> Change:
    before = _read(root, GUIDE)
    return Change(GUIDE, before, with_block(before))


def with_block(text: str | None) -> str:
    """The page with our block where it stood, else at its end."""
    end = "\r\n" if text and "\r\n" in text else "\n"
    block = f"{BEGIN}\n{GUIDELINES}{END}\n".replace("\n", end)
    if text is None or not text.strip():
        return (text or "") + block
    at = _block(text)
    if at is None:
        return text.rstrip("\r\n") + end * 2 + block
    return text[: at[0]] + block + text[at[1] :]


def without_block(text: str) -> str | None:
    """The page without our block; None when nothing else is left."""
    at = _block(text)
    if at is None:
        return text
    end = "\r\n" if "\r\n" in text else "\n"
    above, below = text[: at[0]], text[at[1] :]
    above = above.removesuffix(end) if not below.strip() or below.startswith(end) else above
    return above + below if (above + below).strip() else None


def _block(text: str) -> tuple[int, int] | None:
    """Where our block stands, its last line end included."""
    begin = text.find(BEGIN)
    end = text.find(END, begin)
    if begin < 0 or end < 0:
        return None
    end += len(END)
    return begin, end + len(text[end:]) - len(text[end:].removeprefix("\r").removeprefix("\n"))


# --- files, and what they were ----------------------------------------------------------------------------------------


def _read(root: str, name: str) -> str | None:
    return _text_of(os.path.join(root, name))


def _text_of(path: str) -> str | None:
    """Raises Invalid for what is not UTF-8, Unavailable."""
    name = os.path.basename(path)
    try:
        return read_file(os.path.realpath(path), name, LIMIT)[0].decode()
    except NotFound:
        return None
    except UnicodeDecodeError:
        raise Invalid(f"{name} is not UTF-8 text.", hint="Nothing was changed.") from None


def _without(root: str, name: str) -> Change:
    """The file as it was before, if it is as we left it; else without what is ours."""
    now = _read(root, name)
    kept = _record(root).get(name)
    if now is None:
        return Change(name, None, None)
    if kept is not None and kept["after"] == digest(now.encode()):
        return Change(name, now, _kept(root, name) if kept["existed"] else None)
    return Change(name, now, _bare(root, name, now))


def _bare(root: str, name: str, text: str) -> str | None:
    if name == GUIDE:
        return without_block(text)
    document = _parsed(text)
    made = without_hooks(document, _deny_rules(root))
    if made == document:
        return text
    return _json(made, _indent(text)) if set(made) - {"$schema"} else None


def _write_all(root: str, changes: Sequence[Change], *, keep: bool) -> None:
    try:
        state_files.prepare(root)
        if keep:
            _keep(root, changes)
        for change in changes:
            _write(os.path.realpath(os.path.join(root, change.name)), change.after)
    except OSError as error:
        raise Unavailable(f"That could not be written: {why(error)}.") from error


def _write(path: str, text: str | None) -> None:
    if text is None:
        if os.path.exists(path):
            os.unlink(path)
        return
    make_folder(os.path.dirname(path))
    with Replacement(path, text.encode()) as replacement:
        replacement.commit()


def _folder(root: str) -> str:
    return os.path.join(root, OWN, "setup")


def _keep(root: str, changes: Sequence[Change]) -> None:
    """A backup of each file as it is without us, and what it will be, so that `remove` knows its own work."""
    record = dict(_record(root))
    make_folder(_folder(root))
    for change in changes:
        now, known = change.before, record.get(change.name)
        if known is not None and now is not None and known["after"] == digest(now.encode()):
            before = _kept(root, change.name) if known["existed"] else None
        else:
            before = now if now is None else _bare(root, change.name, now)
        record[change.name] = {"existed": before is not None, "after": digest((change.after or "").encode())}
        if before is not None:
            _write(_kept_path(root, change.name), before)
    _write(os.path.join(_folder(root), "claude.json"), _json(record, 2))


def _kept_path(root: str, name: str) -> str:
    return os.path.join(_folder(root), name.replace("/", "%2F") + ".before")


def _kept(root: str, name: str) -> str | None:
    return _text_of(_kept_path(root, name))


def _record(root: str) -> Mapping[str, Document]:
    """What was set up here: file -> whether it existed, and the digest of what we made of it."""
    try:
        document = json.loads(_text_of(os.path.join(_folder(root), "claude.json")) or "{}")
    except (ValueError, Invalid, Unavailable):
        return {}
    rows = document.items() if isinstance(document, dict) else ()
    return {name: row for name, row in rows if isinstance(row, dict) and {"existed", "after"} <= set(row)}


def _forget(root: str) -> None:
    """Before the settings change: the hook that guards them must find nothing of ours to guard."""
    try:
        os.unlink(os.path.join(_folder(root), "claude.json"))
    except FileNotFoundError:
        return
    except OSError as error:
        raise Unavailable(f"{OWN}/setup cannot be changed: {why(error)}.") from error


# --- showing and testing ----------------------------------------------------------------------------------------------


def diff(changes: Sequence[Change]) -> str:
    """What would change, as `diff -u` shows it."""
    from difflib import unified_diff

    parts = []
    for change in changes:
        before, after = ((text or "").splitlines(keepends=True) for text in (change.before, change.after))
        lines = unified_diff(before, after, f"a/{change.name}", f"b/{change.name}")
        parts += [line if line.endswith("\n") else f"{line}\n" for line in lines]
    return "".join(parts)


def must_work(root: str, program: Program) -> None:
    """The hook, started as Claude Code would start it, denies what it should and lets the rest pass. Raises Invalid."""
    denied = {"tool_name": "Write", "tool_input": {"file_path": f"{root}/{OWN}/config.json", "content": ""}}
    passed = {"tool_name": "Bash", "tool_input": {"command": "true"}}
    for call, expected in ((denied, 2), (passed, 0)):
        code = _tried(root, program, call)
        if code != expected:
            raise Invalid(
                f"The hook was tried and answered {code} where {expected} was expected; nothing was changed.",
                hint="Without --fail-closed a hook that fails stops nobody.",
            )


def _tried(root: str, program: Program, call: Mapping[str, object]) -> int | None:
    import subprocess

    payload = json.dumps({"cwd": root, "hook_event_name": "PreToolUse", **call}).encode()
    command = ["sh", "-c", program.command("pre-tool-use", fail_closed=True)]
    try:
        return subprocess.run(command, input=payload, cwd=root, capture_output=True, timeout=10, check=False).returncode
    except (OSError, subprocess.TimeoutExpired):
        return None
