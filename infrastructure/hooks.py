"""`wt hook EVENT`: the protocol of coding agents' hooks, and all that runs before a call that concerns nobody here."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from domain.enforcement.shell_calls import Finding
    from domain.enforcement.tool_calls import Judgement

    Payload = dict[str, Any]  # JSON as parsed: its host may leave out, add and misspell what it likes

LARGEST = 4 << 20  # bytes of a payload that is parsed; a larger one is only searched
LARGEST_READ = 64 << 20
LARGEST_TEXT = 1 << 18  # bytes of a script that is looked through
ALLOWED, NOT_BLOCKING, BLOCKED = 0, 1, 2  # exit codes: hosts go on after 1, only 2 stops a call
EVENTS = (
    "session-start",
    "session-end",
    "user-prompt-submit",
    "pre-tool-use",
    "post-tool-use",
    "pre-compact",
    "stop",
    "subagent-stop",
    "config-change",
    "guard",
)
MENTIONS = (b".ecw", b"plans/", b"plans\\", b"skip-consent", b"consent", b".claude/settings", b"ecw-work-tracker")
SHELL_TOOLS = (b"bash", b"powershell", b"shell", b"terminal")
DOORS = (
    "tracker_files",
    "tracker_writes",
    "infrastructure.trackers",
    "infrastructure.bootstrap",
    "infrastructure.atomic",
    "infrastructure.regular_files",
    "infrastructure.consent",
    "infrastructure.session",
    "infrastructure.router",
    "infrastructure.hooks",
    "infrastructure.journal",
    "infrastructure.state_files",
    "infrastructure.cli",
    "infrastructure.setup_claude",
    "infrastructure.trust",
    "infrastructure import",
    "scripts.wt",
    "scripts.start",
    "scripts import wt",
    "scripts import start",
    "consent_store",
    "skip_consent",
)
UNREAD = (
    "This call cannot be read, and it speaks of what wt alone writes. Make it shorter, or say what should change to wt."
)
# Words that begin a command which writes no file of its own choosing, in a line without a character that could do so.
HARMLESS = frozenset(
    "ls pwd echo date whoami uname wc head tail cat grep rg which file stat du df true npm pnpm yarn pytest ruff mypy"
    " black cargo go make tsc eslint jest vitest gradle mvn dotnet tox nox".split()
)
HARMLESS_GIT = frozenset(
    "status log diff show add commit branch push fetch blame remote tag rev-parse describe".split()
)
PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._-/=:,@%+'\"|&;")


class Said:
    """What a hook answers: the exit code, what goes to standard output, what to standard error."""

    def __init__(self, code: int = ALLOWED, out: str = "", err: str = "") -> None:
        self.code = code
        self.out = out
        self.err = err


def run() -> None:
    """The way in for `wt hook …`, past the router, which would load what a hook does not need."""
    if {"--help", "-h"} & set(sys.argv):
        from infrastructure import router

        return router.run()
    try:
        code = main(sys.argv[2:])
    except KeyboardInterrupt:
        code = 130
    os._exit(code)


def main(words: Sequence[str]) -> int:
    """Answer one event. Returns the exit code; whatever goes wrong here never stops an agent by itself."""
    event = words[0] if words else ""
    if event not in EVENTS:
        _write(2, f"wt knows no hook {event!r}; nothing was done. Hooks: {', '.join(EVENTS)}.\n")
        return NOT_BLOCKING if not event else ALLOWED  # a newer host may know events that we do not
    said = answered(event, given())
    _write(1, said.out)
    _write(2, said.err)
    return said.code


def answered(event: str, raw: bytes) -> Said:
    """What is said to an event; never raises."""
    try:
        return _answer(event, raw)
    except Exception as error:  # noqa: BLE001  # the door of the hooks: a fault of ours denies only what speaks of us
        return failed(event, raw, error)


def given() -> bytes:
    try:
        return sys.stdin.buffer.read(LARGEST_READ)
    except (AttributeError, OSError, ValueError):  # no standard input
        return b""


def _write(fd: int, text: str) -> None:
    data = text.encode(errors="replace")
    try:
        while data:
            data = data[os.write(fd, data) :]
    except OSError:
        return  # nobody listens


def _answer(event: str, raw: bytes) -> Said:
    if event == "pre-tool-use":
        return before_tool(raw)
    if event == "guard":
        from infrastructure import guard

        return guard.answer(raw)
    from infrastructure import hook_events

    return hook_events.ANSWERS[event](parsed(raw) or {})


def failed(event: str, raw: bytes, error: Exception) -> Said:
    """A fault of ours: a call that could be a denied one is denied, every other goes on."""
    note = f"wt hook {event} met a fault of its own: {type(error).__name__}: {str(error)[:200]}.\n"
    if event in ("pre-tool-use", "guard") and mentions(raw):
        return denial(f"{UNREAD} ({type(error).__name__})")
    return Said(ALLOWED, "{}" if event == "guard" else "", note)


# --- reading ----------------------------------------------------------------------------------------------------------


def parsed(raw: bytes) -> Payload | None:
    """The payload; None when it is no JSON object, or too large or too deep to be read."""
    if len(raw) > LARGEST:
        return None
    from infrastructure.json_text import lenient_scan

    text = raw.decode(errors="replace").removeprefix("\ufeff").strip()
    try:
        document, end = lenient_scan(text, 0)
    except (ValueError, StopIteration, RecursionError, SystemError):
        return None
    return document if isinstance(document, dict) and end == len(text) else None


def mentions(raw: bytes) -> bool:
    """Whether a payload that cannot be read speaks of something protected, or is a command of whatever length."""
    lowered = raw.lower().replace(b"\\/", b"/")
    pieces = lowered.split(b"\\u00")
    text = pieces[0] + b"".join(_unescaped(piece) for piece in pieces[1:])
    if any(name in text for name in MENTIONS):
        return True
    names = [name.rpartition("/")[2].lower().encode() for root in roots_of({}) for name in SystemDisk().trackers(root)]
    if any(name in text or name.removesuffix(b"json") + b"md" in text for name in names):
        return True
    return bool(names) and any(b'"' + tool + b'"' in text for tool in SHELL_TOOLS)


def _unescaped(piece: bytes) -> bytes:
    try:
        return bytes((int(piece[:2], 16),)) + piece[2:]
    except ValueError:
        return piece


def text_of(payload: Mapping[str, object], key: str) -> str:
    """A field that should be text; empty when it is missing or something else."""
    value = payload.get(key)
    return value if isinstance(value, str) else ""


def folder_of(payload: Mapping[str, object]) -> str:
    """Where the agent stands. `CLAUDE_PROJECT_DIR` does not move with it, so it comes second."""
    said = text_of(payload, "cwd").replace("\\", "/")
    for folder in (said, os.environ.get("CLAUDE_PROJECT_DIR", "")):
        if folder.startswith("/") and "\0" not in folder and os.path.isdir(folder):
            return folder
    return os.getcwd().replace(os.sep, "/")


def roots_of(payload: Mapping[str, object]) -> list[str]:
    """The projects of wt that the agent works in."""
    from domain.enforcement.protected import roots_above

    disk = SystemDisk()
    starts = (folder_of(payload), os.environ.get("CLAUDE_PROJECT_DIR", "").replace("\0", ""))
    found = [root for start in starts if start for root in roots_above(f"{disk.real(start)}/any", disk)]
    return list(dict.fromkeys(found))


# --- before a tool call -----------------------------------------------------------------------------------------------


def before_tool(raw: bytes) -> Said:
    """Deny what only wt may write, ask where a person may decide, let everything else pass untouched."""
    payload = parsed(raw)
    if payload is None:
        return denial(UNREAD) if raw.strip() and mentions(raw) else Said()
    tool, call = text_of(payload, "tool_name"), payload.get("tool_input")
    if not tool or not isinstance(call, dict):
        return Said()
    decision, reason = decided(payload, tool, call)
    if decision == "deny":
        return denial(reason)
    return question(reason) if decision == "ask" else Said()


def decided(payload: Payload, tool: str, call: Payload) -> tuple[str, str]:
    """deny, ask or pass, and why."""
    command = call.get("command")
    if tool.lower() == "bash" and isinstance(command, str) and is_harmless(command):
        return "pass", ""
    from domain.enforcement.shell import Unreadable
    from domain.enforcement.tool_calls import TooLong, judged

    roots = roots_of(payload)
    try:
        judgement = judged(tool, call, SystemDisk(), folder_of(payload), roots)
    except (Unreadable, TooLong) as error:
        return ("deny", f"wt guards this project and cannot read {error}. Make it shorter.") if roots else ("pass", "")
    return _weighed(judgement, payload, roots)


def is_harmless(command: str) -> bool:
    """A line whose programs write nothing of their own choosing, without a character that could change that."""
    if len(command) > 2000 or not PLAIN.issuperset(command) or "ecw" in command or "--" + "output" in command:
        return False
    line = command.replace("'", "").replace('"', "").replace("&", ";").replace("|", ";")
    return all(_begins_harmless(part.split()) for part in line.split(";") if part.strip())


def _begins_harmless(words: list[str]) -> bool:
    if words[0] == "git":
        return words[1:2] != [] and words[1] in HARMLESS_GIT
    return words[0] in HARMLESS


def _weighed(judgement: Judgement, payload: Payload, roots: Sequence[str]) -> tuple[str, str]:
    """What was found about files, then what was found about calls of wt itself; a denial wins."""
    decision, reason = judgement.decision, judgement.reason
    if decision == "deny" and any(place.kind == "initiative" for place in judgement.places):
        from infrastructure import hook_wt

        if hook_wt.is_agreed(judgement, text_of(payload, "session_id"), roots):
            decision, reason = "pass", ""
    if decision == "deny":
        return decision, _by_the_levels(judgement, payload) or reason
    for call in judgement.wt:
        if decision == "deny":
            break
        decided_here, why = _of_wt(call, payload, roots)
        if decided_here != "pass":
            decision, reason = decided_here, why
    return decision, reason


def _by_the_levels(judgement: Judgement, payload: Payload) -> str | None:
    """What the four levels say to writing these files, in the words in which every block is told."""
    from domain.enforcement.chain import EnforcementContext, FourLevelEnforcer

    writes = tuple(place.name for place in judgement.places)
    trackers = tuple(f"{name.removesuffix('.md').removesuffix('.json')}.json" for name in writes)
    agent = text_of(payload, "agent_id") or None
    context = EnforcementContext(is_agent=True, agent_id=agent, writes=writes, trackers=trackers)
    verdict = FourLevelEnforcer().check(text_of(payload, "tool_name"), context).blocked_by
    return f"{verdict.reason} {verdict.way}" if verdict else None


def _of_wt(call: Finding, payload: Payload, roots: Sequence[str]) -> tuple[str, str]:
    from infrastructure import hook_wt

    agent = text_of(payload, "agent_id") or None
    return hook_wt.decided(call, agent_id=agent, folder=folder_of(payload), roots=roots)


def denial(reason: str) -> Said:
    """Blocks in every version: the JSON for those that read it, exit 2 with the reason for all."""
    return Said(BLOCKED, _decision("deny", reason), reason + "\n")


def question(reason: str) -> Said:
    return Said(ALLOWED, _decision("ask", reason))


def _decision(decision: str, reason: str) -> str:
    from infrastructure.json_text import dumps_ascii

    said = {"hookEventName": "PreToolUse", "permissionDecision": decision, "permissionDecisionReason": reason}
    return dumps_ascii({"hookSpecificOutput": said})


# --- the disk, as a guard looks at it ---------------------------------------------------------------------------------


class SystemDisk:
    """The real files; what cannot be looked at is not there."""

    modules: tuple[str, ...] = ("infrastructure", "scripts.wt", "wt")
    doors: tuple[str, ...] = DOORS

    def __init__(self) -> None:
        self.home = (os.environ.get("HOME") or os.path.expanduser("~")).rstrip("/")
        self.key_folder = key_folder(os.environ)
        self._trackers: dict[str, tuple[str, ...]] = {}

    def real(self, path: str) -> str:
        try:
            return os.path.realpath(path).replace(os.sep, "/")
        except (OSError, ValueError):
            return path

    def exists(self, path: str) -> bool:
        return os.path.lexists(path)

    def is_folder(self, path: str) -> bool:
        return os.path.isdir(path)

    def names(self, folder: str) -> Sequence[str]:
        try:
            return sorted(os.listdir(folder))
        except (OSError, ValueError):
            return ()

    def text(self, path: str) -> str | None:
        try:
            if not os.path.isfile(path) or os.path.getsize(path) > LARGEST_TEXT:
                return None
            with open(path, encoding="utf-8") as file:
                text = file.read(LARGEST_TEXT)
        except (OSError, ValueError):
            return None
        return None if "\0" in text else text

    def variable(self, name: str) -> str | None:
        return os.environ.get(name)

    def trackers(self, root: str) -> Sequence[str]:
        """What stands in docs/plans, and what wt remembers to have kept elsewhere."""
        if root not in self._trackers:
            plans = [f"docs/plans/{name}" for name in self.names(f"{root}/docs/plans") if name.endswith(".json")]
            state = [name.replace("%2F", "/").replace("%25", "%") for name in self.names(f"{root}/.ecw/state")]
            self._trackers[root] = tuple(dict.fromkeys([*plans, *(name for name in state if name.endswith(".json"))]))
        return self._trackers[root]


def key_folder(env: Mapping[str, str]) -> str:
    """What platformdirs names `user_data_dir("ecw-work-tracker", appauthor=False)`, worked out with `os` alone."""
    home = env.get("HOME") or os.path.expanduser("~")
    if sys.platform == "darwin":
        folder = os.path.join(home, "Library", "Application Support")
    elif os.name == "nt":
        folder = env.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    else:
        folder = env.get("XDG_DATA_HOME", "").strip() or os.path.join(home, ".local", "share")
    return os.path.join(folder, "ecw-work-tracker").replace(os.sep, "/")
