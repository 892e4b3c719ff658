"""The page in a real browser: nothing is complained of, nothing overflows on a telephone, both palettes are used."""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from domain.dashboard import page
from tests.dashboard.boards import full_board

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here")
LONG = "Anschlussflanschverbindungselementprüfung" * 4
NARROW, WIDE = 360, 1200
MEASURE = """<!doctype html><meta charset="utf-8"><body>{frames}<pre id="out"></pre><script>
addEventListener("load", () => {{
  const said = [...document.querySelectorAll("iframe")].map(frame => {{
    const root = frame.contentDocument.documentElement;
    const ground = getComputedStyle(frame.contentDocument.body).backgroundColor;
    return [frame.width, root.scrollWidth, root.clientWidth, root.scrollHeight > 500, ground].join(" ");
  }});
  document.getElementById("out").textContent = said.join("; ");
}});
</script>"""


def browse(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(BROWSER), "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"]
    command += [f"--user-data-dir={folder / 'profile'}", "--enable-logging=stderr", "--v=0", *arguments]
    env = {**os.environ, "HOME": str(folder)}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=env, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("browser")


def written(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return (folder / name).as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_telephone_and_follows_the_scheme(folder: Path, scheme: str) -> None:
    shown = html.escape(page(full_board(LONG)), quote=True)
    frames = "".join(f'<iframe width="{width}" height="700" srcdoc="{shown}"></iframe>' for width in (NARROW, WIDE))
    address = written(folder, f"measure-{scheme}.html", MEASURE.format(frames=frames))
    preferred = f"--blink-settings=preferredColorScheme={int(scheme == 'light')}"
    done = browse(folder, preferred, "--dump-dom", address)
    rows = re.search(r'<pre id="out">(.*?)</pre>', done.stdout, re.S)
    assert rows, done.stderr
    for row in rows[1].split("; "):
        width, scrolled, visible, is_long, ground = row.split(" ", 4)
        assert int(scrolled) <= int(visible) <= int(width), f"it scrolls sideways at {width} px"
        assert is_long == "true"
        assert ground == {"light": "rgb(250, 249, 246)", "dark": "rgb(21, 23, 26)"}[scheme]
    assert "CONSOLE" not in done.stderr


def test_the_page_is_shown_without_a_complaint(folder: Path) -> None:
    address = written(folder, "page.html", page(full_board('</style><script>document.title="x"</script>')))
    picture = folder / "page.png"
    done = browse(folder, "--window-size=800,1200", f"--screenshot={picture}", address)
    assert picture.stat().st_size > 20_000, done.stderr
    assert "CONSOLE" not in done.stderr


def test_the_test_sees_a_complaint_and_a_page_that_is_too_wide(folder: Path) -> None:
    wide = "<style>" + "</style><body><p style='width:900px'>wide</p><script>console.error('planted')</script>"
    frames = f'<iframe width="{NARROW}" height="700" srcdoc="{html.escape(wide, quote=True)}"></iframe>'
    done = browse(folder, "--dump-dom", written(folder, "planted.html", MEASURE.format(frames=frames)))
    assert "CONSOLE" in done.stderr and "planted" in done.stderr
    measured = re.search(r'<pre id="out">\d+ (\d+) (\d+)', done.stdout)
    assert measured and int(measured[1]) > int(measured[2])
