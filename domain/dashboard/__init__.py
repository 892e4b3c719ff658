"""The dashboard: what is known of a project, drawn as one page of HTML that needs nothing else."""

from domain.dashboard.board import Board, Plan, plan_of, unreadable
from domain.dashboard.page import page, policy

__all__ = ["Board", "Plan", "page", "plan_of", "policy", "unreadable"]
