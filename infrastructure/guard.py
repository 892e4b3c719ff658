"""`wt hook guard`: what Codex, Gemini CLI and Cursor share of the protocol: exit 2 and a reason block a call."""

from __future__ import annotations

from infrastructure.hooks import BLOCKED, UNREAD, Said, decided, mentions, parsed, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from infrastructure.hooks import Payload

PASSED = Said(0, "{}")
BY_ASKING = "A person may allow this outside the agent."
TOOLS_OF_EVENTS = {"beforeshellexecution": "Bash", "beforereadfile": "Read", "afterfileedit": "Write"}


def answer(raw: bytes) -> Said:
    """`{}` and exit 0, or exit 2 with the reason on standard error; Cursor is told in its own JSON as well."""
    payload = parsed(raw)
    if payload is None:
        return blocked(UNREAD, {}) if raw.strip() and mentions(raw) else PASSED
    tool, call = call_of(payload)
    decision, reason = decided(payload, tool, call) if tool else ("pass", "")
    if decision == "pass":
        return PASSED
    return blocked(reason if decision == "deny" else f"{reason} {BY_ASKING}", payload)


def blocked(reason: str, payload: Payload) -> Said:
    from infrastructure.json_text import dumps_ascii

    told = {"permission": "deny", "user_message": reason, "agent_message": reason} if is_cursors(payload) else {}
    return Said(BLOCKED, dumps_ascii(told) if told else "", reason + "\n")


def is_cursors(payload: Payload) -> bool:
    """Cursor names its events in camelCase and sends the folders of its workspace."""
    return text_of(payload, "hook_event_name")[:1].islower() or "workspace_roots" in payload


def call_of(payload: Payload) -> tuple[str, Payload]:
    """The tool and what it is given, wherever the host puts them."""
    roots = payload.get("workspace_roots")
    if "cwd" not in payload and isinstance(roots, list) and roots and isinstance(roots[0], str):
        payload["cwd"] = roots[0]
    tool = text_of(payload, "tool_name") or TOOLS_OF_EVENTS.get(text_of(payload, "hook_event_name").lower(), "")
    call = payload.get("tool_input")
    if isinstance(call, str):
        call = parsed(call.encode(errors="replace"))
    if not isinstance(call, dict):
        call = {key: payload[key] for key in ("command", "file_path") if isinstance(payload.get(key), (str, list))}
        tool = tool or ("Bash" if "command" in call else "Write" if call else "")
    return tool, call
