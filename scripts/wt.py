#!/usr/bin/env python3
"""`python3 scripts/wt.py "mark task 5.3 complete"`: the same program as an installed `wt`."""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
if sys.path and os.path.realpath(sys.path[0] or ".") == os.path.join(ROOT, "scripts"):
    del sys.path[0]  # a folder of scripts must not shadow the standard library
sys.path.insert(0, ROOT)


def main() -> None:
    """Run the program and leave with its exit code."""
    try:
        from infrastructure.router import run
    except ImportError as error:
        sys.exit(f"wt cannot start: {error}. Another package may have taken the name; install wt into its own environment.")
    run()


if __name__ == "__main__":
    main()
