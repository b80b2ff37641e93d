"""SQL of accounts, grants, sessions, devices, tokens and the audit trail."""

from app.accounts.queries.callers import load_caller

__all__ = ["load_caller"]
