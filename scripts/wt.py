#!/usr/bin/env python3
"""`python3 scripts/wt.py "mark task 5.3 complete"`: the same program as an installed `wt`.

Python compiles a script anew at every start, so there is next to nothing in it.
"""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
if sys.path and os.path.realpath(sys.path[0] or ".") == os.path.join(ROOT, "scripts"):
    del sys.path[0]  # a folder of scripts must not shadow the standard library
sys.path.insert(0, ROOT)


def main() -> None:
    """Run the program and leave with its exit code."""
    try:
        if sys.argv[1:2] == ["hook"]:  # at every tool call of an agent
            from infrastructure.hooks import run
        else:
            from scripts.start import run
        run()
    except ImportError as error:
        sys.exit(f"wt cannot start: {why(error)}. Install wt into a virtual environment of its own.")
    except KeyboardInterrupt:
        os._exit(130)


def why(error: ImportError) -> str:
    """Which foreign package goes by a name of ours, if that is it."""
    for name in ("domain", "infrastructure", "scripts"):
        module = sys.modules.get(name)
        place = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), "")
        if module is not None and not os.path.realpath(place).startswith(ROOT + os.sep):
            return f"another package called {name!r} came first ({place})"
    return str(error)


if __name__ == "__main__":
    main()
