"""git, called so that a repository cannot make it run anything: no hooks, no monitor, no pager, no prompt."""

from __future__ import annotations

SAFE = (
    "git",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.pager=cat",
    "-c",
    "protocol.ext.allow=never",
)
