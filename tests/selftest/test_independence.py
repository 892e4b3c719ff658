"""What judges healing shares no code with it; the guard is shown to see a planted import."""

from __future__ import annotations

import ast

from tests.test_architecture import imports, modules

HEALERS = (
    "domain.playbooks domain.recovery domain.self_healing infrastructure.playbooks infrastructure.hands"
    " infrastructure.signals infrastructure.repair infrastructure.restoring infrastructure.doctor infrastructure.mending"
    " infrastructure.copies infrastructure.tracker_files infrastructure.respelling infrastructure.healing"
).split()
RUNS_THE_PROGRAM = ("clone", "__init__", "record", "figures")  # starts it, or counts what came out


def shared(found: list[tuple[str, ast.Module]]) -> list[str]:
    return [
        f"{name} imports {imported}"
        for name, tree in found
        for imported in imports(tree)
        if any(imported == healer or imported.startswith(f"{healer}.") for healer in HEALERS)
    ]


def judges() -> list[tuple[str, ast.Module]]:
    found = [(name, tree) for name, tree in modules("infrastructure") if name.startswith("infrastructure.selftest.")]
    return [(name, tree) for name, tree in found if name.rpartition(".")[2] not in RUNS_THE_PROGRAM]


def test_faults_and_oracles_share_no_code_with_healing() -> None:
    assert "infrastructure.selftest.oracle" in dict(judges())
    assert shared(judges()) == []


def test_the_guard_sees_a_planted_import() -> None:
    planted = ast.parse("def over(clone):\n    from infrastructure.repair import fault_of\n")
    assert shared([("infrastructure.selftest.oracle", planted)]) == [
        "infrastructure.selftest.oracle imports infrastructure.repair.fault_of"
    ]
