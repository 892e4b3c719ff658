"""The page: what is most urgent first, then the plans, then how well wt is doing."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from domain.commands.wording import counted
from domain.dashboard.ahead import ahead
from domain.dashboard.healing import inbox, incidents, playbooks
from domain.dashboard.live import SCRIPT
from domain.dashboard.markup import Html, element
from domain.dashboard.parts import BAD, GOOD, QUIET, WARNED, small, status
from domain.dashboard.progress import progress
from domain.dashboard.style import STYLE
from domain.dashboard.times import minute
from domain.dashboard.wellbeing import LEVELS, health, reality

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.dashboard.board import Board

GENERATOR = "wt dashboard"
SECTIONS = (
    ("inbox", "Waiting for you", inbox),
    ("progress", "Progress", progress),
    ("health", "Health", health),
    ("reality", "Reality", reality),
    ("ahead", "Ahead", ahead),
    ("incidents", "Incidents", incidents),
    ("playbooks", "Playbooks", playbooks),
)


def page(board: Board, *, live: bool = False) -> str:
    """The whole document. It asks for nothing: its policy forbids every connection and every script.

    But for one that is served `live`: it asks where it came from whether there is a newer one.
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy(live=live)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="generator", content=GENERATOR),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{board.project}: {board.tally.percent}% done"),
        element("style", Html(STYLE)),
    )
    skip = element("a", "To the content", href="#content", class_="skip")
    script = (element("script", Html(SCRIPT)),) if live else ()
    body = element("body", skip, _header(board, live=live), _main(board), _footer(), *script)
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def policy(*, live: bool = False) -> str:
    """What the page may do: be shown, in this one style; `live` also look for a newer one by this one script."""
    known = f"default-src 'none'; style-src {_digest(STYLE)}; base-uri 'none'; form-action 'none'"
    return f"{known}; script-src {_digest(SCRIPT)}; connect-src 'self'" if live else known


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _header(board: Board, *, live: bool) -> Html:
    links = [element("a", name, href=f"#{id}") for id, name, _ in SECTIONS]
    state = (element("p", "Live", id="live", role="status", class_="small"),) if live else ()
    at = element("p", f"As of {minute(board.at)} UTC", id="at", class_="small")
    return element("header", element("h1", board.project), at, *state, element("nav", *links, aria_label="Sections"))


def _main(board: Board) -> Html:
    troubles = [element("p", status(trouble, BAD)) for trouble in board.troubles]
    sections = [draw(board) for _, _, draw in SECTIONS]
    return element("main", *troubles, _glance(board), *sections, id="content", tabindex="-1")


def _footer() -> Html:
    return element("footer", element("p", "Drawn by wt from what it knows; drawn anew with: wt dashboard"))


# --- at a glance ------------------------------------------------------------------------------------------------------


def _glance(board: Board) -> Html:
    tiles = (_done(board), _waiting(board), _health(board), _consensus(board))
    return element("ul", *tiles, class_="glance", aria_label="At a glance")


def _tile(name: str, figure: str, said: str) -> Html:
    return element("li", element("span", name, class_="name"), element("b", figure), small(said))


def _done(board: Board) -> Html:
    tally, readable = board.tally, [plan for plan in board.plans if not plan.problem]
    said = f"{tally.complete} of {counted(tally.counted, 'task')} in {counted(len(readable), 'plan')}"
    return _tile("Done", f"{tally.percent}%", said)


def _waiting(board: Board) -> Html:
    count, blocked = len(board.waiting), board.tally.blocked
    said = f"and {counted(blocked, 'blocked task')}" if blocked else "and no task is blocked"
    return _tile("Waiting for you", str(count), said)


def _health(board: Board) -> Html:
    if board.health is None:
        return _tile("Health", status("unknown", QUIET), "it cannot be read")
    word, meaning, reasons = str(board.health["status"]), str(board.health["meaning"]), board.health["reasons"]
    return _tile("Health", status(word.lower(), LEVELS.get(word, QUIET)), next(iter(reasons), meaning))


def _consensus(board: Board) -> Html:
    score, coverage = board.signals.get("consensus_score"), board.signals.get("coverage")
    if score is None:
        why = f"coverage {coverage:.0%} is too little" if coverage else "no probe was asked yet"
        return _tile("Consensus", "n/a", why)
    level = WARNED if board.signals.get("consensus_degraded") else GOOD
    return _tile("Consensus", status(str(int(score)), level), f"coverage {coverage or 0:.0%}")
