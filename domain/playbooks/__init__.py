"""Playbooks: what is known to go wrong, what may be done about it, and the engine that acts, proves and asks."""

from __future__ import annotations

from domain.playbooks.playbook import Playbook, playbook

__all__ = ["Playbook", "playbook"]
