"""`python -m infrastructure`: the same program as `wt`."""

import os
import sys

# Ours first: Python looks in the current folder before, and a project may well have a `domain` or `scripts` of its own.
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

from scripts.wt import main

main()
