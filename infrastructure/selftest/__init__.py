"""The fault corpus: what can go wrong, done on purpose to throw-away projects, and what became of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile

from domain.errors import Refused, Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from infrastructure.selftest.order import Order
    from infrastructure.selftest.runner import Trial

    Document = Mapping[str, Any]  # Any: plain values all through

HANDED_DOWN = ("PATH", "LANG", "SYSTEMROOT")


def selftest(*, only: Sequence[str] = (), fast: bool = False, seed: int = 0, keep: bool = False) -> Document:
    """Run the corpus, or some of it, and say what that comes to; with `keep` every project stays, in `folder`.

    Raises Refused for a fault that there is not, Unavailable when it cannot be run.
    """
    from infrastructure.selftest.corpus import LEFT_OUT
    from infrastructure.selftest.figures import figures
    from infrastructure.selftest.order import Order

    with _Folder(keep=keep) as folder:
        trials = _in_a_process(Order(folder.path, tuple(only), fast, seed, keep))
    return {
        "schema": "wt.selftest/1",
        "seed": seed,
        "is_whole": not (only or fast),
        "figures": figures(trials),
        "trials": [trial.to_document() for trial in trials],
        "left_out": [{"id": id, "reason": why} for id, why in LEFT_OUT.items()],
        "folder": folder.path if keep else None,
    }


def replay(playbook: str, text: str, faults: Sequence[str], *, seed: int = 0) -> list[Trial]:
    """Run faults with one playbook replaced by another version of it: its id, and the YAML that it is to have.

    Each fault is done after a command and healed there, in a clone of its own. Raises Refused, Unavailable.
    """
    from infrastructure.selftest.order import Order

    with _Folder(keep=False) as folder:
        return _in_a_process(Order(folder.path, tuple(faults), seed=seed, playbook=(playbook, text)))


class _Folder:
    """A folder outside of every project, gone afterwards unless it is to be kept."""

    def __init__(self, *, keep: bool) -> None:
        self._keep = keep
        self.path = ""

    def __enter__(self) -> _Folder:
        try:
            self.path = os.path.realpath(tempfile.mkdtemp(prefix="wt-selftest-"))
        except OSError as error:
            raise Unavailable(f"There is no room for throw-away projects: {error.strerror}.") from error
        try:
            must_be_outside(self.path)
        except Refused:
            os.rmdir(self.path)
            raise
        return self

    def __exit__(self, *what: object) -> None:
        if not self._keep:
            shutil.rmtree(self.path, ignore_errors=True)


def must_be_outside(folder: str) -> None:
    """Raises Refused for a folder that lies in a project: nothing that is tested may come near one."""
    from infrastructure.project import OWN

    above = os.path.dirname(folder)
    while above != os.path.dirname(above):
        if any(os.path.lexists(os.path.join(above, name)) for name in (OWN, ".git")):
            raise Refused(f"{folder} lies in the project {above}.", hint="Set TMPDIR to a folder outside of it.")
        above = os.path.dirname(above)


def _in_a_process(order: Order) -> list[Trial]:
    """In a process that is told nothing of where it was called from."""
    from infrastructure.selftest.runner import trial_of

    env = {name: os.environ[name] for name in HANDED_DOWN if name in os.environ}
    done = subprocess.run(
        [sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "__main__.py")],
        input=json.dumps(order.to_document()).encode(),
        cwd=order.folder,
        env=env | {"HOME": order.folder, "TMPDIR": order.folder, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=False,
    )
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise Unavailable(f"The self-test came to an end before its time: {last or done.returncode}.")
    told = json.loads(done.stdout)
    if "refused" in told:
        raise Refused(told["refused"], hint=told["hint"])
    return [trial_of(row) for row in told["trials"]]
