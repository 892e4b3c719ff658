"""`python -m infrastructure`: the same program as `wt`."""

from infrastructure.router import run

run()
