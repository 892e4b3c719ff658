#!/usr/bin/env python3
"""`python3 scripts/wt.py "mark task 5.3 complete"`: the same program as an installed `wt`."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
if sys.path and os.path.realpath(sys.path[0] or ".") == os.path.join(ROOT, "scripts"):
    del sys.path[0]  # a folder of scripts must not shadow the standard library
sys.path.insert(0, ROOT)


def main() -> None:
    """Run the program and leave with its exit code."""
    try:
        run = hooks() if sys.argv[1:2] == ["hook"] else program()
    except ImportError as error:
        sys.exit(f"wt cannot start: {why(error)}. Install wt into a virtual environment of its own.")
    except KeyboardInterrupt:
        os._exit(130)
    run()


def hooks() -> Callable[[], None]:
    """What runs at every tool call of an agent, and loads next to nothing."""
    from infrastructure.hooks import run

    return run


def program() -> Callable[[], None]:
    """Everything else; what it loads is kept together for the next start."""
    from infrastructure.quick_start import QuickStart

    start = QuickStart(ROOT)
    sys.meta_path.insert(0, start)
    from infrastructure.router import run

    return lambda: run(start.keep)


def why(error: ImportError) -> str:
    """Which foreign package goes by a name of ours, if that is it."""
    for name in ("domain", "infrastructure"):
        module = sys.modules.get(name)
        place = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), "")
        if module is not None and not os.path.realpath(place).startswith(ROOT + os.sep):
            return f"another package called {name!r} came first ({place})"
    return str(error)


if __name__ == "__main__":
    main()
