"""`wt dashboard --serve`: only this machine, only who knows the address, only a look, and nobody keeps others waiting."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import NamedTuple

import pytest

from domain.dashboard import page
from domain.errors import NotFound, Unavailable, Usage
from infrastructure.dashboard_server import HERE, MOST, DashboardServer
from tests.dashboard.boards import Parsed, full_board
from tests.dashboard.test_in_chromium import BROWSER, browse
from tests.e2e.conftest import WT, Project
from tests.projects import demo_project

PATIENCE = 1.0


class Drawn:
    """A page that can be changed, or cannot be drawn."""

    def __init__(self) -> None:
        self.title = "first"
        self.after: list[str] = []  # titles of the next pages, one a look
        self.is_broken = False

    def __call__(self) -> str:
        if self.after:
            self.title = self.after.pop(0)
        if self.is_broken:
            raise NotFound("There is nothing of wt here to draw.")
        return page(full_board(self.title), live=True)


class Served(NamedTuple):
    server: DashboardServer
    drawn: Drawn

    def ask(self, path: str | None = None, method: str = "GET", **headers: str) -> HTTPResponse:
        connection = HTTPConnection(HERE, self.server.server_port, timeout=10)
        wanted = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, self.server.path if path is None else path, headers=wanted)
        return connection.getresponse()

    def raw(self) -> socket.socket:
        return socket.create_connection((HERE, self.server.server_port), timeout=10)


@pytest.fixture
def served() -> Iterator[Served]:
    yield from running(patience=20.0)


@pytest.fixture
def hasty() -> Iterator[Served]:
    """One that soon hangs up."""
    yield from running(patience=PATIENCE)


def running(patience: float) -> Iterator[Served]:
    drawn = Drawn()
    server = DashboardServer(drawn, 0, patience=patience, fresh=0.0)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield Served(server, drawn)
    server.shutdown()
    thread.join()
    server.server_close()


# --- who may look -----------------------------------------------------------------------------------------------------


def test_who_knows_the_address_sees_the_page(served: Served) -> None:
    answer = served.ask()
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.read().decode() == page(full_board("first"), live=True)


@pytest.mark.parametrize("path", ["/", "/index.html", "/x/", "//", "/../../etc/passwd", "*", "http://other/"])
def test_who_does_not_know_the_address_is_told_nothing(served: Served, path: str) -> None:
    answer = served.ask(path)
    assert (answer.status, answer.read()) == (403, b"403\n")


def test_an_address_that_is_nearly_right_is_wrong(served: Served) -> None:
    right = served.server.path
    for path in (right[:-1], right[:-2] + ("y/" if right[-2] == "x" else "x/"), right.swapcase(), f"/x{right}"):
        assert served.ask(path).status == 403
    for path in (f"{right}plan.json", f"{right}../", f"{right}?x=1"):
        assert served.ask(path).status == 404


def test_two_servers_have_two_addresses_that_nobody_guesses(served: Served) -> None:
    with DashboardServer(Drawn(), 0) as other:
        assert other.path != served.server.path
    assert re.fullmatch(r"/[\w-]{32}/", served.server.path)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1.evil.example", ""])
def test_a_foreign_name_that_leads_here_is_refused(served: Served, host: str) -> None:
    assert served.ask(Host=host).status == 403


def test_localhost_is_a_name_of_ours(served: Served) -> None:
    assert served.ask(Host=f"localhost:{served.server.server_port}").status == 200


def test_it_listens_on_this_machine_alone(served: Served) -> None:
    assert served.server.socket.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW"])
def test_whatever_is_not_a_look_is_refused(served: Served, method: str) -> None:
    answer = served.ask(method=method)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_head_is_told_the_same_without_the_page(served: Served) -> None:
    whole, head = served.ask(), served.ask(method="HEAD")
    assert head.headers["Content-Length"] == str(len(whole.read())) and head.read() == b""


@pytest.mark.parametrize(
    "line", [b"\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / x y\r\n\r\n"]
)
def test_nonsense_is_answered_and_does_no_harm(served: Served, line: bytes) -> None:
    with served.raw() as connection:
        connection.sendall(line)
        connection.shutdown(socket.SHUT_WR)
        assert b"200" not in connection.recv(100)
    assert served.ask().status == 200


def test_a_line_without_end_is_refused(served: Served) -> None:
    with served.raw() as connection:
        connection.sendall(b"GET /" + b"x" * 9000)
        assert b" 414 " in connection.recv(100)


def test_every_answer_tells_the_browser_to_trust_nothing_else(served: Served) -> None:
    for answer in (served.ask(), served.ask("/")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Server"] == "wt "
    policy = served.ask().headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy


def test_the_live_page_has_the_one_script_that_its_policy_names(served: Served) -> None:
    parsed = Parsed(served.ask().read().decode())
    assert [dict(node.attributes) for node in parsed.all("script")] == [{}]
    assert "script-src 'sha256-" in served.ask().headers["Content-Security-Policy"]


# --- live -------------------------------------------------------------------------------------------------------------


def test_a_page_that_is_known_already_is_not_sent_again(served: Served) -> None:
    tag = served.ask().headers["ETag"]
    assert (served.ask(If_None_Match=tag).status, served.ask(If_None_Match=tag).read()) == (304, b"")
    served.drawn.title = "second"
    newer = served.ask(If_None_Match=tag)
    assert newer.status == 200 and newer.headers["ETag"] != tag and b"second" in newer.read()


def test_a_page_is_drawn_once_however_many_ask_at_a_time() -> None:
    drawn: list[int] = []
    with DashboardServer(lambda: f"{drawn.append(1)}", 0, fresh=60.0) as server:
        assert server.drawn() == server.drawn()
    assert len(drawn) == 1


def test_a_project_that_cannot_be_read_just_now_is_asked_again_later(served: Served) -> None:
    served.drawn.is_broken = True
    assert served.ask().status == 503
    served.drawn.is_broken = False
    assert served.ask().status == 200


# --- nobody keeps others waiting --------------------------------------------------------------------------------------


def test_who_says_nothing_is_hung_up_on_and_others_are_served_meanwhile(hasty: Served) -> None:
    with hasty.raw() as silent, hasty.raw() as slow:
        slow.sendall(b"GET /")
        assert hasty.ask().status == 200
        assert silent.recv(100) == b"" and slow.recv(100) == b""


def test_who_sends_byte_by_byte_is_hung_up_on_all_the_same(hasty: Served) -> None:
    """Every byte begins the wait of a socket anew; the wait for the whole does not."""
    with hasty.raw() as dripping, pytest.raises(OSError):
        for _ in range(10_000):
            dripping.sendall(b"x")
            dripping.settimeout(PATIENCE / 10)
            try:
                if not dripping.recv(1):
                    raise OSError("hung up")
            except TimeoutError:
                continue


def test_however_many_hold_on_another_is_served(served: Served) -> None:
    held = [served.raw() for _ in range(MOST + 8)]
    assert served.ask().status == 200
    assert held[0].recv(1) == b"", "the one that was there longest had to go"
    for each in held:
        each.close()


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return demo_project(tmp_path_factory.mktemp("demo"))


def started(project: Project, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, WT, "dashboard", "--serve", *arguments],
        cwd=project.folder,
        env=project.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background job ignores it
    )


def test_it_says_where_it_is_in_one_line_and_ends_with_an_interrupt(demo: Project) -> None:
    before = demo.fingerprint()
    process = started(demo, "--json")
    assert process.stdout is not None
    reply = json.loads(process.stdout.readline())
    url, port = reply["data"]["url"], reply["data"]["port"]
    assert reply["message"] == f"The dashboard is live at {url} until Ctrl-C."
    connection = HTTPConnection(HERE, port, timeout=10)
    connection.request("GET", url.partition(str(port))[2])
    assert "1. Build" in connection.getresponse().read().decode()

    second = demo.say("dashboard", "--serve", "--port", str(port))
    assert (second.code, second.err.splitlines()[0]) == (1, f"Port {port} is in use.")

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, "", "")
    assert demo.fingerprint() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--serve", "--output", "x.html"), "--serve writes no file: leave --output out."),
        (("--port", "80"), "--port is for --serve."),
        (("--serve", "--port", "70000"), "70000 is not a port."),
    ],
)
def test_what_makes_no_sense_is_said_in_a_line(demo: Project, words: tuple[str, ...], said: str) -> None:
    done = demo.say("dashboard", *words)
    assert (done.code, done.err.splitlines()[0]) == (2, said)


def test_where_there_is_nothing_nothing_is_served(tmp_path: Path) -> None:
    assert Project(tmp_path).say("dashboard", "--serve").code == 3


def test_a_port_that_is_none_or_taken_is_an_error_of_ours(served: Served) -> None:
    with pytest.raises(Usage):
        DashboardServer(Drawn(), -1)
    with pytest.raises(Unavailable, match="in use"):
        DashboardServer(Drawn(), served.server.server_port)


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here")
def test_the_page_in_a_browser_becomes_the_newer_one(served: Served, tmp_path: Path) -> None:
    served.drawn.after = ["first", "second"]
    done = browse(tmp_path, "--virtual-time-budget=20000", "--dump-dom", served.server.url)
    assert "<h1>second</h1>" not in done.stdout and "1. second" in done.stdout
    assert ">Live</p>" in done.stdout
    assert "CONSOLE" not in done.stderr
