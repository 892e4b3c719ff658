"""The dashboard, live: a server for one reader on this machine, who can only look and must know the address."""

from __future__ import annotations

import errno
import gc
import secrets
import socket
import threading
import time
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

from domain.dashboard import policy
from domain.errors import Unavailable, Usage, WtError
from infrastructure.regular_files import why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

HERE = "127.0.0.1"
PATIENCE = 10.0  # seconds that one connection may take, from its first byte to its last
FRESH = 1.0  # seconds that a page is handed out again
MOST = 32  # connections at a time
READS = ("GET", "HEAD")
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class DashboardServer(ThreadingHTTPServer):
    """Answers on 127.0.0.1 alone, under one address that nobody can guess; `draw` gives the page as it is now."""

    daemon_threads = True
    request_queue_size = MOST

    def __init__(self, draw: Callable[[], str], port: int, *, patience: float = PATIENCE, fresh: float = FRESH) -> None:
        """Raises Usage for what is no port, Unavailable for one that is taken or not ours to take."""
        if not 0 <= port <= 65_535:
            raise Usage(f"{port} is not a port.", hint="Ports go from 1 to 65535; 0 takes any that is free.")
        self.patience = patience
        self._fresh = fresh
        self._draw = draw
        self._drawing = threading.Lock()
        self._page, self._drawn_at = b"", float("-inf")
        self._since: dict[socket.socket, float] = {}
        self.path = f"/{secrets.token_urlsafe(24)}/"
        try:
            super().__init__((HERE, port), _Answer)
        except OSError as error:
            raise _taken(port, error) from error

    def server_bind(self) -> None:
        """Without the look into the network for our own name that `HTTPServer` takes."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HERE, self.server_address[1]

    @property
    def url(self) -> str:
        return f"http://{HERE}:{self.server_port}{self.path}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """What a browser calls us that was not led here by a foreign name (DNS rebinding)."""
        return f"{HERE}:{self.server_port}", f"localhost:{self.server_port}"

    def drawn(self) -> tuple[bytes, str]:
        """(the page, its tag): drawn one at a time, and at most once a second however many ask."""
        with self._drawing:
            if time.monotonic() - self._drawn_at >= self._fresh:
                self._page, self._drawn_at = self._draw().encode(), time.monotonic()
            page = self._page
        return page, f'"{sha256(page).hexdigest()[:32]}"'

    # --- nobody keeps others waiting ----------------------------------------------------------------------------------

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        assert isinstance(request, socket.socket)
        if len(self._since) >= MOST:
            self._hang_up(next(iter(list(self._since))))  # the one that is there longest
        self._since[request] = time.monotonic()
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        self._since.pop(request, None)  # type: ignore[arg-type]  # a socket, as above
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Called twice a second: whoever takes too long, byte by byte perhaps, is hung up on."""
        late = time.monotonic() - self.patience
        for request in [each for each, since in list(self._since.items()) if since < late]:
            self._hang_up(request)

    def _hang_up(self, request: socket.socket) -> None:
        self._since.pop(request, None)
        try:
            request.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it went by itself

    def handle_error(self, request: object, client_address: object) -> None:
        """A reader who went away is no fault of ours, and nothing to print."""


class _Answer(BaseHTTPRequestHandler):
    """One request, one answer."""

    server: DashboardServer
    server_version = "wt"
    sys_version = ""

    def setup(self) -> None:
        super().setup()
        self.connection.settimeout(self.server.patience)

    def handle_one_request(self) -> None:
        """Every method goes the same way: what is not a look is told so."""
        self.raw_requestline = self.rfile.readline(8193)
        if len(self.raw_requestline) > 8192:
            self.requestline = self.request_version = self.command = ""
            return self.send_error(414)
        if self.raw_requestline and self.parse_request():
            self._answered()
        return None

    def _answered(self) -> None:
        status = self._status()
        if status != 200:
            return self.send_error(status)
        try:
            page, tag = self.server.drawn()
        except (WtError, OSError):
            return self.send_error(503)
        if self.headers.get("If-None-Match") == tag:
            return self._say(304, b"", {"ETag": tag})
        kind = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy(live=True)}
        return self._say(200, page, {"ETag": tag, **kind})

    def _status(self) -> int:
        if self.headers.get("Host") not in self.server.hosts or not self._knows_the_address():
            return 403
        if self.command not in READS:
            return 405
        return 200 if self.path == self.server.path else 404

    def _knows_the_address(self) -> bool:
        """Compared in constant time, so that nobody can feel a way to it byte by byte."""
        length = len(self.server.path)
        return secrets.compare_digest(self.path[:length].encode(errors="replace"), self.server.path.encode())

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """A status and nothing else: neither what was asked nor what there is."""
        more = {"Allow": ", ".join(READS)} if code == 405 else {}
        self._say(code, f"{code}\n".encode(), {"Content-Type": "text/plain; charset=utf-8", **more})

    def _say(self, code: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(code)
        for name, value in {**HEADERS, **headers, "Content-Length": str(len(body)), "Connection": "close"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True
        if self.command != "HEAD" and code != 304:
            self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing is printed for each look."""


def _taken(port: int, error: OSError) -> Unavailable:
    if error.errno == errno.EADDRINUSE:
        return Unavailable(f"Port {port} is in use.", hint="Name another with --port, or none: any free one is taken.")
    return Unavailable(f"Port {port} cannot be opened: {why(error)}.", hint="Name another with --port.")


def serve(server: DashboardServer) -> None:
    """Until somebody interrupts."""
    gc.enable()  # a command ends before anything is worth collecting; a server does not
    with server:
        server.serve_forever()
