"""Telling people of what waits for them: the log always, and what the project declares and a person trusts."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import threading
import time

from domain.errors import WtError
from domain.playbooks import notices
from domain.playbooks.notices import FAILED, HELD_BACK, SENT, UNTRUSTED
from domain.proof import Declared
from domain.record import Record
from infrastructure import running
from infrastructure.console import clean
from infrastructure.healing_state import HealingLog
from infrastructure.json_text import dumps
from infrastructure.project import OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from domain.playbooks.notices import Notice
    from infrastructure.project import Configuration
    from infrastructure.trust import Gate

    Send = Callable[[Notice, float], str]  # within so many seconds; why it failed, or nothing

WHERE = f"{OWN}/config.json"
LOG = "notifications"
DEADLINE = 5.0  # seconds that one channel may take
BUDGET = 15.0  # seconds that all of them may take in one run of wt
LONGEST_TITLE, LONGEST_TEXT = 100, 1000


class Outside(Record):
    """What the settings say of channels outside of the project."""

    command: str | None = None
    webhook: str | None = None
    desktop: bool = False
    threshold: str = "CRITICAL"
    every: float = 3600.0


def outside(configuration: Configuration) -> Outside:
    keys = ("notify_command", "notify_webhook", "notify_desktop", "notify_from", "notify_every")
    return Outside(*(configuration[key] for key in keys))


def declared(settings: Outside) -> list[Declared]:
    """What a person is shown before it may be used."""
    return [each for each in (_command(settings), _webhook(settings)) if each is not None]


def _command(settings: Outside) -> Declared | None:
    return Declared(WHERE, settings.command) if settings.command else None


def _webhook(settings: Outside) -> Declared | None:
    return Declared(WHERE, f"POST {settings.webhook}") if settings.webhook else None


class Notifier:
    """Tells people of one project. It never fails: what could not be told is logged, and said by whoever asks here."""

    def __init__(
        self, root: str, settings: Outside, gate: Callable[[], Gate], env: Mapping[str, str], clock: Callable[[], float]
    ) -> None:
        self._root = root
        self._settings = settings
        self._gate = gate
        self._env = env
        self._clock = clock
        self._log = HealingLog(root, name=LOG)
        self._left = BUDGET
        self.results: list[dict[str, str]] = []  # of this run: `channel`, `result`, `why`

    def tell(self, notice: Notice) -> None:
        """Log it; send it outside where it is grave enough."""
        self._keep(notice.to_document())
        if not notices.is_grave_enough(notice, self._settings.threshold):
            return
        earlier = [line for line in self._log.read() if isinstance(line, dict)]
        for channel, (source, send) in self._channels().items():
            why = notices.reason_to_hold_back(earlier, notice, channel, self._settings.every)
            result = (HELD_BACK, why) if why else self._sent(source, send, notice)
            self._remember(notice, channel, *result)

    def _channels(self) -> dict[str, tuple[Declared | None, Send]]:
        """channel -> what a person has to trust first, and how it is told."""
        settings = self._settings
        found: dict[str, tuple[Declared | None, Send]] = {}
        if settings.command:
            found["command"] = (_command(settings), self._run)
        if settings.webhook:
            found["webhook"] = (_webhook(settings), self._post)
        if settings.desktop:
            found["desktop"] = (None, self._show)
        return found

    def _sent(self, source: Declared | None, send: Send, notice: Notice) -> tuple[str, str]:
        began = time.monotonic()
        try:
            if source is not None and not self._gate().is_trusted(source):
                return UNTRUSTED, "a person has to trust it first: wt trust"
            if self._left <= 0:
                return HELD_BACK, f"the {BUDGET:.0f} s for telling people are over"
            why = send(notice, min(DEADLINE, self._left))
        except (WtError, OSError) as error:
            why = str(error)
        self._left -= time.monotonic() - began
        return (FAILED, why) if why else (SENT, "")

    def _remember(self, notice: Notice, channel: str, result: str, why: str) -> None:
        told = {"channel": channel, "result": result, "why": why}
        self.results.append(told)
        about = {"schema": notices.SCHEMA, "event": "told", "at": self._clock(), "fingerprint": notice.fingerprint}
        self._keep({**about, **told})

    def _keep(self, line: Mapping[str, Any]) -> None:
        try:
            self._log.append(line)
        except (WtError, OSError) as error:
            self.results.append({"channel": "log", "result": FAILED, "why": str(error)})

    # --- channels -----------------------------------------------------------------------------------------------------

    def _run(self, notice: Notice, seconds: float) -> str:
        try:
            argv = shlex.split(self._settings.command or "")
        except ValueError as error:
            return f"it is no command line: {error}"
        own = {"WT_NOTICE": dumps(self._document(notice))}
        ran = running.run(argv, self._root, timeout=seconds, env=self._env, own=own)
        return "" if ran.code == 0 else ran.why or f"exit {ran.code}"

    def _post(self, notice: Notice, seconds: float) -> str:
        """In a thread of its own: a name server or a slow answer must not hold us longer than the deadline."""
        said = [f"no answer within {seconds:g} s"]

        def post() -> None:
            said[0] = posted(self._settings.webhook or "", dumps(self._document(notice)).encode(), seconds + 1)

        thread = threading.Thread(target=post, daemon=True)
        thread.start()
        thread.join(seconds)
        return said[0]

    def _show(self, notice: Notice, seconds: float) -> str:
        title = f"wt: {os.path.basename(self._root)}"[:LONGEST_TITLE]
        argv = _desktop(clean(title), clean(notice.text)[:LONGEST_TEXT], notice.severity, self._env)
        if argv is None:
            return "there is neither notify-send nor osascript"
        ran = running.run(argv, self._root, timeout=seconds, env=self._env)
        return "" if ran.code == 0 else ran.why or f"exit {ran.code}"

    def _document(self, notice: Notice) -> dict[str, Any]:
        return {**notice.to_document(), "project": os.path.basename(self._root)}


def posted(url: str, body: bytes, seconds: float) -> str:
    """Why a POST did not arrive; nothing when it did. Redirects are not followed: what is trusted is this address."""
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    class Stays(HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    if not url.startswith(("https://", "http://")):
        return "it is no http address"
    try:
        request = Request(url, body, {"Content-Type": "application/json", "User-Agent": "wt"}, method="POST")
        with build_opener(Stays).open(request, timeout=seconds):
            return ""
    except HTTPError as error:
        return f"it answered {error.code}"
    except (OSError, ValueError, HTTPException) as error:
        return str(getattr(error, "reason", "") or error or type(error).__name__)


def _desktop(title: str, text: str, severity: str, env: Mapping[str, str]) -> list[str] | None:
    """The command that shows a line on this desktop."""
    path = env.get("PATH")
    if (program := shutil.which("notify-send", path=path)) is not None:
        urgency = "critical" if severity == "CRITICAL" else "normal"
        return [program, "--app-name=wt", f"--urgency={urgency}", "--", title, text]
    if sys.platform == "darwin" and (program := shutil.which("osascript", path=path)) is not None:
        script = "display notification (item 2 of argv) with title (item 1 of argv)"
        return [program, "-e", "on run argv", "-e", script, "-e", "end run", "--", title, text]
    return None
