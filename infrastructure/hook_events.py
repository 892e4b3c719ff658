"""The events around tool calls: what an agent is told at the start, a person's answer, changes past wt, the end."""

from __future__ import annotations

import os

from infrastructure.hooks import Said, SystemDisk, folder_of, roots_of, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from infrastructure.hooks import Payload

    Signatures = dict[str, str]

MACHINE_PREFIXES = (
    "<task-notification",
    "<system-reminder",
    "[system notification",
    "<cross-session-message",
    "<agent-message",
    "<teammate-message",
    "another claude session sent a message:",
)
BEGINNINGS = ("", "startup", "resume")  # of sessions; a shorter memory begins none
MEMORY = "hooks"  # below .ecw/state
MOST_SESSIONS = 20
PAST_WT = (
    "{names} changed outside wt. The next wt command records that as an external change; wt doctor and wt history show"
    " it, wt undo takes it back."
)
SWITCHED_OFF = "This change would switch the hooks of wt off; a person does that, outside the agent."
REMINDER = (
    "In progress according to wt: {tasks}. Nothing was recorded about it in this session. What happened can be"
    ' recorded: wt "note on …", wt "mark … complete", wt "block … because …". If nothing did, nothing is missing.'
)
GONE = "{names} is gone, and wt did not delete it: wt restore brings it back."


def said(**document: object) -> Said:
    from infrastructure.json_text import dumps_ascii

    return Said(out=dumps_ascii(document))


def root_of(payload: Payload) -> str | None:
    return next(iter(roots_of(payload)), None)


# --- the start of a session, and of a shorter memory ------------------------------------------------------------------


def session_start(payload: Payload) -> Said:
    """Plain text is context in every version. Silent outside a project."""
    root = root_of(payload)
    text = _context(payload, _healed(payload, root) if text_of(payload, "source") in BEGINNINGS else "")
    if root is not None:
        _remember_start(root, text_of(payload, "session_id"))
    return Said(out=f"{text}\n" if text else "")


def session_end(payload: Payload) -> Said:
    """Leave things in order for the next session; nobody reads an answer any more."""
    _healed(payload, root_of(payload))
    return Said()


def _healed(payload: Payload, root: str | None) -> str:
    from infrastructure.session_healing import remark

    return remark(root, folder_of(payload)) if root else ""


def pre_compact(payload: Payload) -> Said:
    text = _context(payload)
    if not text:
        return Said()
    return said(hookSpecificOutput={"hookEventName": "PreCompact", "additionalContext": text})


def _context(payload: Payload, remark: str = "") -> str:
    from infrastructure.hook_context import context

    root = root_of(payload)
    return context(root, folder_of(payload), text_of(payload, "session_id"), remark) if root else ""


# --- a person's answer ------------------------------------------------------------------------------------------------


def user_prompt_submit(payload: Payload) -> Said:
    """Record an answer to what was asked, if a person typed it; the prompt itself always goes on."""
    from domain.language.answers import read

    root, prompt = root_of(payload), text_of(payload, "prompt")
    answer = read(prompt) if root and prompt else None
    if root is None or payload.get("agent_id") or not _may_be_typed(payload, prompt):
        return Said()
    if answer is None:
        return Said(out=_inquiry_answered(payload, root, prompt))
    from domain.enforcement.consent import current
    from infrastructure.consent_store import ConsentStore

    session = text_of(payload, "session_id") or os.environ.get("CLAUDE_CODE_SESSION_ID", "")
    store = ConsentStore(root)
    state = store.read().state
    waiting = current(state, store.now).waiting(session) if state is not None and session else ()
    if not session or ("source" not in payload and not waiting):
        return Said()
    answered = store.answer(answer, session=session, by=_person(root))
    return Said(out=f"{answered.message}\n" if answered.outcome != "nothing" or waiting else "")


def _inquiry_answered(payload: Payload, root: str, prompt: str) -> str:
    """What became of `approve inquiry 3f2a`; a host that does not say who typed it is not believed."""
    if "source" not in payload or "inquiry" not in prompt.casefold():
        return ""
    from domain.errors import WtError
    from domain.language.inbox import read
    from infrastructure import bootstrap
    from infrastructure.router import Invocation

    command = read(prompt)
    if command is None or "inquiry" not in command.slots or command.slots.get("now"):
        return ""
    id, note = command.slots["inquiry"], command.slots.get("note", "")
    try:
        inbox = bootstrap.session(Invocation(), cwd=folder_of(payload)).inbox(lambda _: True, _person(root))
        answer = inbox.approve if command.name == "approve_inquiry" else inbox.deny
        done = answer(id, note, rehearsal=False)
        return " ".join(filter(None, (done["message"], done.get("hint")))) + "\n"
    except (WtError, OSError) as error:
        return f"{error}\n"


def _may_be_typed(payload: Payload, prompt: str) -> bool:
    """`source` says `user`; where it says nothing, at least no prefix of a machine stands in front."""
    if "source" in payload:
        return text_of(payload, "source") == "user"
    return not prompt.lstrip().lower().startswith(MACHINE_PREFIXES)


def _person(root: str) -> str:
    from infrastructure import actor

    return actor.remembered(root) or os.environ.get("USER") or "someone"


# --- changes made past wt ---------------------------------------------------------------------------------------------


def post_tool_use(payload: Payload) -> Said:
    """Say what changed outside wt, once; the call itself has happened."""
    text = _noticed(payload)
    return said(decision="block", reason=text, systemMessage=text) if text else Said()


def subagent_stop(payload: Payload) -> Said:
    """The same for what a subagent did; it is never kept from stopping."""
    text = _noticed(payload)
    return said(systemMessage=text) if text else Said()


def _noticed(payload: Payload) -> str:
    root = root_of(payload)
    if root is None:
        return ""
    memory = Memory(root)
    now, known = _outside(root), memory.told
    news = {name: how for name, how in now.items() if known.get(name) != how}
    if now != known:
        memory.tell(now)
    changed = [name for name, how in news.items() if how != "gone"]
    gone = [name for name, how in news.items() if how == "gone"]
    told = [PAST_WT.format(names=", ".join(changed))] if changed else []
    return " ".join([*told, *([GONE.format(names=", ".join(gone))] if gone else [])])


def _outside(root: str) -> Signatures:
    """The trackers and pages that are not as wt left them: name -> their signature, or `gone`."""
    from infrastructure.state_files import Memory as Known
    from infrastructure.state_files import missing_names, signature

    found = dict.fromkeys(missing_names(root), "gone")
    for name in SystemDisk().trackers(root):
        known = Known(root, name).recall()
        page = f"{name.removesuffix('.json')}.md"
        now, of_page = (_signature(os.path.join(root, path), signature) for path in (name, page))
        if known.file and now not in ("", known.file) and _digest(os.path.join(root, name)) != known.state:
            found[name] = now
        if known.page and of_page not in ("", known.page):
            found[page] = of_page
    return found


def _digest(path: str) -> str:
    from infrastructure.codec import digest

    try:
        with open(path, "rb") as file:
            return digest(file.read())
    except OSError:
        return ""


def _signature(path: str, signature: Callable[[os.stat_result], str]) -> str:
    try:
        return signature(os.stat(path))
    except OSError:
        return ""


# --- the end ----------------------------------------------------------------------------------------------------------


def stop(payload: Payload) -> Said:
    """Remind once a session of work in progress about which nothing was recorded; never when that made it go on."""
    root, session = root_of(payload), text_of(payload, "session_id")
    if root is None or payload.get("stop_hook_active") or not session:
        return Said()
    memory = Memory(root)
    then = memory.started.get(session)
    if then is None:
        _remember_start(root, session)
        return Said()
    if session in memory.reminded or then != _state_of(root):
        return Said()
    under_way = _in_progress(folder_of(payload))
    if not under_way:
        return Said()
    memory.remind(session)
    return said(decision="block", reason=REMINDER.format(tasks=under_way))


def _in_progress(folder: str) -> str:
    from domain.commands.selection import only
    from domain.errors import WtError
    from infrastructure import bootstrap
    from infrastructure.hook_context import in_words
    from infrastructure.router import Invocation

    try:
        trackers = bootstrap.session(Invocation(), cwd=folder).trackers
        tracker = trackers.open(trackers.choose(None)).read().tracker
    except (WtError, OSError):
        return ""
    return in_words(only(tracker.phases, "status", lambda status: status == "in_progress"))


def _remember_start(root: str, session: str) -> None:
    if session:
        Memory(root).start(session, _state_of(root))


def _state_of(root: str) -> str:
    """All trackers, by their signatures."""
    from infrastructure.state_files import signature

    names = SystemDisk().trackers(root)
    return " · ".join(f"{name} {_signature(os.path.join(root, name), signature)}" for name in names)


# --- the hooks' own settings ------------------------------------------------------------------------------------------


def config_change(payload: Payload) -> Said:
    """Keep a change of settings from taking effect that would switch our hooks off in the running session."""
    from infrastructure.setup_claude import is_switched_off

    root = root_of(payload)
    path = text_of(payload, "file_path")
    if root is None or text_of(payload, "source") == "policy_settings" or not path.endswith(".json"):
        return Said()
    if not is_switched_off(root, path):
        return Said()
    return said(decision="block", reason=SWITCHED_OFF)


# --- what is remembered -----------------------------------------------------------------------------------------------


class Memory:
    """What the hooks of one working tree remember: what was told, where sessions began, who was reminded."""

    def __init__(self, root: str) -> None:
        from infrastructure.project import OWN

        self._path = os.path.join(root, OWN, "state", MEMORY)
        document = self._read()
        self.told = _texts(document.get("told"))
        self.started = _texts(document.get("started"))
        self.reminded = _texts(document.get("reminded"))

    def _read(self) -> Mapping[str, object]:
        from infrastructure.json_text import loads

        try:
            with open(self._path, encoding="utf-8") as file:
                document = loads(file.read(1 << 20))
        except (OSError, ValueError):
            return {}
        return document if isinstance(document, dict) else {}

    def tell(self, now: Signatures) -> None:
        self.told = now
        self._write()

    def start(self, session: str, state: str) -> None:
        if session not in self.started:
            self.started[session] = state
            self._write()

    def remind(self, session: str) -> None:
        self.reminded[session] = "yes"
        self._write()

    def _write(self) -> None:
        from infrastructure.atomic import replace_quietly
        from infrastructure.json_text import dumps

        if os.path.isdir(os.path.dirname(self._path)):
            kept = {"started": _last(self.started), "reminded": _last(self.reminded)}
            replace_quietly(self._path, dumps({"told": self.told, **kept}).encode())


def _last(sessions: Signatures) -> Signatures:
    return dict(list(sessions.items())[-MOST_SESSIONS:])


def _texts(value: object) -> Signatures:
    return {str(key): str(each) for key, each in value.items()} if isinstance(value, dict) else {}


ANSWERS: dict[str, Callable[[Payload], Said]] = {
    "session-start": session_start,
    "session-end": session_end,
    "user-prompt-submit": user_prompt_submit,
    "post-tool-use": post_tool_use,
    "pre-compact": pre_compact,
    "stop": stop,
    "subagent-stop": subagent_stop,
    "config-change": config_change,
}
