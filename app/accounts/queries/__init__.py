"""SQL of accounts, grants, sessions, devices, tokens and the audit trail."""

from app.accounts.queries.sessions import load_actor

__all__ = ["load_actor"]
