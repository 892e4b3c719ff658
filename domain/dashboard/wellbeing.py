"""How well `wt` itself is doing, which circuits are open, and what the probes say of reality."""

from __future__ import annotations

from domain.commands.wording import counted
from domain.dashboard.markup import Html, element, together
from domain.dashboard.parts import BAD, GOOD, QUIET, WARNED, fact_list, folded, quiet, section, small, status, table
from domain.dashboard.times import ago, lasted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from domain.dashboard.board import Board

    Document = Mapping[str, Any]  # Any: plain values all through

LEVELS = {"HEALTHY": GOOD, "DEGRADED": WARNED, "UNHEALTHY": BAD, "CRITICAL": BAD, "UNKNOWN": QUIET}
STATES = {"CLOSED": GOOD, "HALF_OPEN": WARNED, "OPEN": BAD, "ISOLATED": WARNED}
VERDICTS = {"AGREE": GOOD, "DISAGREE": BAD, "BROKEN": WARNED, "UNKNOWN": QUIET}
ORDER = ("DISAGREE", "BROKEN", "UNKNOWN", "AGREE")


# --- health -----------------------------------------------------------------------------------------------------------


def health(board: Board) -> Html:
    found = board.health
    if found is None:
        return section("health", "Health of wt", quiet("How well wt is doing cannot be said."))
    return section("health", "Health of wt", *_health(found), element("h3", "Circuits"), _circuits(found))


def _health(found: Document) -> list[Html]:
    line = element("p", status(str(found["status"]), LEVELS.get(found["status"], QUIET)), " ", str(found["meaning"]))
    reasons = [element("li", str(reason)) for reason in found["reasons"]]
    if not found["operations"]:
        return [line, *([element("ul", *reasons)] if reasons else [])]
    figures = fact_list(
        {
            "Went well": f"{found['success_rate']:.0%} of {counted(found['operations'], 'operation')}",
            "At least": f"{found['at_least'] * 100 // 1:.0f}% (95% sure)",
            "Typical": f"{found['avg_latency_ms']:.0f} ms",
            "Slowest 5%": f"{found['p95_latency_ms']:.0f} ms and more",
        }
    )
    return [line, *([element("ul", *reasons)] if reasons else []), figures]


def _circuits(found: Document) -> Html:
    circuits = found["circuits"]
    if not circuits:
        return quiet("No circuit was ever opened: nothing that wt needs kept failing.")
    return table("Circuits", ("Resource", "State", "Why"), map(_circuit, circuits))


def _circuit(row: Document) -> tuple[str, ...]:
    state, left = str(row["state"]), row["seconds_left"]
    wait = f", tried again in {lasted(left)}" if left else ""
    why = row["reason"] or (row["errors"][-1] if row["errors"] else "")
    return str(row["resource"]), status(state.lower().replace("_", " "), STATES.get(state, QUIET)), f"{why}{wait}"


# --- reality ----------------------------------------------------------------------------------------------------------


def reality(board: Board) -> Html:
    rows = board.probes
    if rows is None:
        return section("reality", "Reality", quiet("What the probes say cannot be read."))
    asked = [row for row in rows if row["verdict"]]
    if not asked:
        said = f'None of {counted(len(rows), "probe")} was asked yet. Ask them with: wt "reality check"'
        return section("reality", "Reality", quiet(said))
    return section("reality", "Reality", _consensus(board.signals, asked, len(rows)), *_verdicts(rows))


def _consensus(signals: Mapping[str, float | None], asked: Sequence[Document], probes: int) -> Html:
    score, coverage = signals.get("consensus_score"), signals.get("coverage")
    agree = sum(row["verdict"] == "AGREE" for row in asked)
    return fact_list(
        {
            "Consensus": "n/a" if score is None else f"{int(score)} of 100",
            "Coverage": "n/a" if coverage is None else f"{coverage:.0%} of all weight",
            "Agree": f"{agree} of {counted(probes, 'probe')}",
            "Disputed tasks": str(int(signals.get("disputed_tasks") or 0)),
        }
    )


def _verdicts(rows: Sequence[Document]) -> list[Html]:
    """Trouble is shown, the rest is folded away."""
    known = sorted(rows, key=lambda row: ORDER.index(row["verdict"] or "UNKNOWN"))
    trouble = [row for row in known if row["verdict"] in ("DISAGREE", "BROKEN")]
    said = [_probes("Probes that disagree or are broken", trouble)] if trouble else []
    return [*said, folded("probes", f"All {counted(len(rows), 'probe')}", _probes("All probes", known))]


def _probes(caption: str, rows: Sequence[Document]) -> Html:
    return table(caption, ("Probe", "Says"), map(_probe, rows))


def _probe(row: Document) -> tuple[str, ...]:
    veto = " (veto)" if row["veto"] else ""
    name = together([f"{row['probe']}{veto}", small(str(row["claim"]))], " ")
    verdict = "quarantined" if row["quarantined"] else str(row["verdict"] or "not asked").lower()
    weight = "sees nothing" if row["vacuous"] else f"weight {row['weight']:.2f}"
    asked = weight if row["age"] is None else f"{ago(row['age'])}, {weight}"
    said = status(verdict, VERDICTS.get(row["verdict"] or "", QUIET))
    return name, together([said, small(asked)], " ")
