"""SQL of accounts, one function per question."""

from app.accounts.queries.sessions import load_actor

__all__ = ["load_actor"]
