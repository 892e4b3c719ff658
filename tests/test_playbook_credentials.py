"""The playbook about an expired credential, on a server that denies and lets in as real ones do."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.e2e.conftest import Project
from tests.projects import demo_project
from tests.repositories import ENVIRONMENT
from tests.trusting import trust_everything

PASSWORD = base64.b64encode(b"dana:fresh").decode()


class Denying(BaseHTTPRequestHandler):
    """A dumb git server behind a password."""

    folder: Path

    def do_GET(self) -> None:  # the name that http.server calls
        path = self.folder / self.path.partition("?")[0].lstrip("/")
        if self.headers.get("Authorization") != f"Basic {PASSWORD}":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()
        elif path.is_file():
            self.send_response(200)
            self.end_headers()
            self.wfile.write(path.read_bytes())
        else:
            self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        return


def git(folder: Path, *arguments: str) -> None:
    done = subprocess.run(["git", *arguments], cwd=folder, env=os.environ | ENVIRONMENT, capture_output=True)
    assert done.returncode == 0, done


@pytest.fixture
def expired(tmp_path: Path) -> Iterator[Project]:
    """A project whose upstream wants a password that the credential store does not hold any more."""
    if shutil.which("git-http-backend") is None and not Path("/usr/lib/git-core/git-remote-http").exists():
        pytest.skip("git was built without http")
    (tmp_path / "demo").mkdir()
    project = demo_project(tmp_path / "demo")
    project.env |= ENVIRONMENT
    git(project.folder, "init", "-q", "-b", "main")
    git(project.folder, "add", "docs", ".ecw/.gitignore")
    git(project.folder, "commit", "-q", "-m", "begin")
    git(tmp_path, "clone", "-q", "--bare", "demo", "bare.git")
    git(tmp_path / "bare.git", "update-server-info")
    Denying.folder = tmp_path
    server = ThreadingHTTPServer(("127.0.0.1", 0), Denying)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    kept = tmp_path / "credentials"
    host = f"127.0.0.1:{server.server_port}"
    kept.write_text(f"http://dana:stale@{host}\n")
    git(project.folder, "config", "credential.helper", f"store --file={kept}")
    git(project.folder, "remote", "add", "origin", str(tmp_path / "bare.git"))
    git(project.folder, "push", "-q", "-u", "origin", "main")
    git(project.folder, "remote", "set-url", "origin", f"http://{host}/bare.git")
    renew = f"open({str(kept)!r}, 'w').write('http://dana:fresh@{host}\\n')"
    (project.folder / "renew.py").write_text(renew)
    (project.folder / ".ecw/config.json").write_text(
        f'{{"credential_command": "{sys.executable} {project.folder}/renew.py"}}'
    )
    yield project
    server.shutdown()
    server.server_close()


def test_f48_a_denied_credential_is_for_a_person_while_nobody_trusts_the_command(expired: Project) -> None:
    told = expired.say("--json", "heal").reply["data"]
    (outcome,) = told["outcomes"]
    assert (outcome["playbook_id"], outcome["result"]) == ("credential_expired", "escalated")
    assert "credential_command" in told["inquiries"][0]["recommended_action"]


def test_a_trusted_command_renews_the_credential_with_leave_and_the_server_lets_us_in(expired: Project) -> None:
    trust_everything(expired)
    assert expired.json("heal")["data"]["outcomes"][0]["result"] == "asked"
    told = expired.say("--json", "--skip-consent", "playbook", "run", "credential_expired").reply["data"]
    (outcome,) = told["outcomes"]
    assert (outcome["result"], outcome["actions_taken"]) == ("healed", ["refresh_credentials"])
    assert expired.json("heal")["data"]["outcomes"] == []
    assert "dana:fresh" not in (expired.folder / ".ecw/state/outcomes.jsonl").read_text()
