"""People are told of what waits: log, terminal, a trusted command, a trusted webhook, the desktop; each bounded."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from domain.playbooks.notices import Notice
from infrastructure import notifying, trust
from infrastructure.notifying import Notifier, Outside
from tests.e2e.conftest import Project
from tests.e2e.test_terminal import on_a_terminal
from tests.hooks.scratch import answered, payload
from tests.projects import demo_project
from tests.test_inbox import asks

NOW = 1_000_000.0
NOTICE = Notice(NOW, "CRITICAL", "pages_stale > 0", "mark", "drift", "q1", 2, ("fetch",), "no answer", "look")


class Receiver:
    """A real receiver on 127.0.0.1: what it was sent, and how it answers."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []  # Any: JSON objects
        self.paths: list[str] = []
        self.code, self.slow, self.to = 200, threading.Event(), ""
        self.slow.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                receiver.paths.append(self.path)
                receiver.slow.wait(20)
                self.send_response(receiver.code)
                if receiver.to:
                    self.send_header("Location", receiver.to)
                self.end_headers()

            def do_GET(self) -> None:
                receiver.paths.append(f"GET {self.path}")
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.slow.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return demo_project(tmp_path_factory.mktemp("told"))


@pytest.fixture
def demo(made: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """With the user's own folder inside of it."""
    project = made.copied_to(tmp_path / "demo")
    monkeypatch.setenv("HOME", str(project.folder))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    project.do("playbook disable markdown_drift")
    return project


def is_told(project: Project, **settings: Any) -> list[dict[str, str]]:  # Any: values of settings
    """The settings are made, and something is asked: what became of telling people."""
    (project.folder / ".ecw/config.json").write_text(json.dumps({"notify_from": "WARNING", **settings}))
    asks(project)
    return [line for line in logged(project) if line.get("event") == "told"]


def logged(project: Project) -> list[dict[str, Any]]:  # Any: lines of the log
    text = (project.folder / ".ecw/state/notifications.jsonl").read_text()
    return [json.loads(line) for line in text.split("\n") if line]


def trusts(project: Project, **settings: Any) -> None:  # Any: values of settings
    store = trust.store(str(project.folder))
    for declared in notifying.declared(Outside(**settings)):
        store.add(declared, "2026-01-05T09:00:00Z", "dana")


def notifier(project: Project, **settings: Any) -> Notifier:  # Any: values of settings
    root = str(project.folder)
    gate = trust.Gate(trust.store(root), None, "2026-01-05T09:00:00Z", "dana")
    trusts(project, **{key: value for key, value in settings.items() if key in ("command", "webhook")})
    return Notifier(root, Outside(**settings), lambda: gate, project.env, lambda: NOW)


def results(told: Notifier) -> list[tuple[str, str]]:
    return [(row["channel"], row["result"]) for row in told.results]


# --- the log and the line ---------------------------------------------------------------------------------------------


def test_the_log_has_all_that_the_masterplan_wants_told(demo: Project) -> None:
    inquiry = asks(demo)
    (line,) = logged(demo)
    wanted = ("severity", "symptom", "attempts", "actions_tried", "last_error", "recommended_action", "documentation")
    assert {key: line[key] for key in wanted} == {key: inquiry[key] for key in wanted}
    assert (line["schema"], line["inquiry"], line["answer"]) == ("wt.notice/1", inquiry["id"], "wt inbox")


def test_a_breach_is_told_at_once_though_it_was_healed(demo: Project, receiver: Receiver) -> None:
    trusts(demo, webhook=receiver.url)
    (demo.folder / ".ecw/config.json").write_text(json.dumps({"notify_webhook": receiver.url}))
    (demo.folder / ".ecw/consent-state.json").write_text('{"blanket_approval": true}')
    done = demo.say("heal")
    assert (done.code, "· webhook: sent" in done.out) == (0, True)
    (body,) = receiver.bodies
    assert (body["severity"], body["playbook_id"], body["answer"]) == ("CRITICAL", "consent_altered", "")


def test_a_person_at_a_terminal_sees_a_line_behind_the_next_answer(demo: Project) -> None:
    waits = "1 question waits for a person: wt inbox"
    assert waits not in on_a_terminal(demo, "show progress").text
    asks(demo)
    assert on_a_terminal(demo, "show progress").lines[-1] == waits
    assert waits not in on_a_terminal(demo, "inbox").text
    assert waits not in demo.say("show progress").out  # a script did not ask
    assert waits in demo.say("--show-health", "show progress").out
    assert waits in demo.say("health").out


def test_an_agents_session_begins_with_it(demo: Project) -> None:
    asks(demo)
    told = answered(demo, "session-start", payload("SessionStart", demo, source="startup")).out
    assert "1 question waits for a person: wt inbox. Only a person can approve." in told


def test_healing_says_which_other_questions_wait(demo: Project) -> None:
    asks(demo)
    demo.do("regenerate markdown", "playbook disable careful")
    assert "· 1 other question waits for a person: wt inbox" in demo.say("heal").out


# --- outside ----------------------------------------------------------------------------------------------------------


def test_nothing_outside_is_told_before_a_person_trusts_it(demo: Project, receiver: Receiver) -> None:
    trace = demo.folder / "trace"
    told = is_told(demo, notify_command=f"touch {trace}", notify_webhook=receiver.url)
    assert [(line["channel"], line["result"]) for line in told] == [
        ("command", "not trusted"),
        ("webhook", "not trusted"),
    ]
    assert (trace.exists(), receiver.bodies) == (False, [])
    listed = demo.say("trust", "list").out
    assert f"POST {receiver.url}" in listed and f"touch {trace}" in listed


def test_a_trusted_webhook_is_posted_the_question(demo: Project, receiver: Receiver) -> None:
    trusts(demo, webhook=receiver.url)
    told = is_told(demo, notify_webhook=receiver.url)
    assert [line["result"] for line in told] == ["sent"]
    (body,) = receiver.bodies
    assert (body["severity"], body["symptom"], body["project"]) == ("WARNING", "pages_stale > 0", "demo")
    assert body["text"].startswith("WARNING: careful: pages_stale > 0 · ")


def test_a_trusted_command_is_given_the_question(demo: Project) -> None:
    script = demo.folder / "tell.py"
    script.write_text("import os, sys\nopen(sys.argv[1], 'w').write(os.environ['WT_NOTICE'])\n")
    command = f"{sys.executable} {script} {demo.folder}/got.json"
    trusts(demo, command=command)
    assert [line["result"] for line in is_told(demo, notify_command=command)] == ["sent"]
    assert json.loads((demo.folder / "got.json").read_text())["symptom"] == "pages_stale > 0"


def test_the_desktop_is_shown_one_line(demo: Project) -> None:
    programs = demo.folder / "bin"
    programs.mkdir()
    fake = programs / "notify-send"
    fake.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {demo.folder}/shown\n')
    fake.chmod(0o755)
    demo.env["PATH"] = f"{programs}:{demo.env['PATH']}"
    told = notifier(demo, desktop=True)
    told.tell(NOTICE.replace(last_error="\x1b[31mred"))
    assert results(told) == [("desktop", "sent")]
    assert (demo.folder / "shown").read_text().splitlines() == [
        "--app-name=wt",
        "--urgency=critical",
        "--",
        "wt: demo",
        "CRITICAL: drift: pages_stale > 0 · \\u001b[31mred · look",
    ]


def test_without_a_desktop_that_is_logged(demo: Project, tmp_path: Path) -> None:
    demo.env["PATH"] = str(tmp_path)
    told = notifier(demo, desktop=True)
    told.tell(NOTICE)
    assert told.results == [
        {"channel": "desktop", "result": "failed", "why": "there is neither notify-send nor osascript"}
    ]


def test_what_is_less_grave_stays_in_the_log(demo: Project, receiver: Receiver) -> None:
    told = notifier(demo, webhook=receiver.url)
    told.tell(NOTICE.replace(severity="WARNING"))
    assert (receiver.bodies, told.results) == ([], [])
    assert "pages_stale" in (demo.folder / ".ecw/state/notifications.jsonl").read_text()


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_one_trouble_is_told_once_in_a_while_on_each_channel(demo: Project, receiver: Receiver) -> None:
    told = notifier(demo, webhook=receiver.url, command="true", every=600.0)
    told.tell(NOTICE)
    told.tell(NOTICE.replace(at=NOW + 599))
    told.tell(NOTICE.replace(fingerprint="other"))
    told.tell(NOTICE.replace(at=NOW + 601))
    assert results(told) == [
        ("command", "sent"),
        ("webhook", "sent"),
        ("command", "held back"),
        ("webhook", "held back"),
        *[("command", "sent"), ("webhook", "sent")] * 2,
    ]
    assert len(receiver.bodies) == 3


def test_a_storm_is_cut_off(demo: Project) -> None:
    told = notifier(demo, command="true")
    for number in range(12):
        told.tell(NOTICE.replace(fingerprint=str(number)))
    assert [result for _, result in results(told)] == ["sent"] * 10 + ["held back"] * 2


def test_who_does_not_answer_holds_nobody_up(
    demo: Project, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifying, "DEADLINE", 0.2)
    receiver.slow.clear()
    told = notifier(demo, webhook=receiver.url, command="sleep 20")
    began = time.monotonic()
    told.tell(NOTICE)
    assert time.monotonic() - began < 3
    assert [(row["result"], row["why"]) for row in told.results] == [
        ("failed", "stopped after 0.2 s"),
        ("failed", "no answer within 0.2 s"),
    ]


def test_all_of_them_together_have_an_end(demo: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifying, "BUDGET", 0.1)
    told = notifier(demo, command="sleep 20")
    told.tell(NOTICE)
    told.tell(NOTICE.replace(fingerprint="other"))
    assert [result for _, result in results(told)] == ["failed", "held back"]


def test_a_redirect_is_not_followed(demo: Project, receiver: Receiver) -> None:
    receiver.code, receiver.to = 302, receiver.url.replace("/hook", "/elsewhere")
    told = notifier(demo, webhook=receiver.url)
    told.tell(NOTICE)
    assert (told.results[0]["why"], receiver.paths) == ("it answered 302", ["/hook"])


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "127.0.0.1", "http://", "http://127.0.0.1:1/"]
)
def test_what_cannot_be_posted_to_is_said(url: str) -> None:
    assert notifying.posted(url, b"{}", 1)


def test_a_failure_is_told_and_changes_no_exit_code(demo: Project, receiver: Receiver) -> None:
    receiver.code = 500
    trusts(demo, webhook=receiver.url)
    before = demo.copied_to(demo.folder.parent / "other")
    assert is_told(before) == []
    told = is_told(demo, notify_webhook=receiver.url)
    assert [(line["result"], line["why"]) for line in told] == [("failed", "it answered 500")]
    codes = []
    for project in (before, demo):
        (project.folder / ".ecw/state/inquiries.jsonl").unlink()
        done = project.say("heal")
        codes.append(done.code)
    assert codes[0] == codes[1] == 1
    assert "· webhook: held back (told within the last 3600 s)" in done.out


def test_a_log_that_cannot_be_written_is_said(demo: Project) -> None:
    (demo.folder / ".ecw/state/notifications.jsonl").mkdir()
    told = notifier(demo)
    told.tell(NOTICE)
    assert results(told) == [("log", "failed")]
