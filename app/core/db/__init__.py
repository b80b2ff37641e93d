"""The database: engines, transactions, retries, statements and the base of all models."""

from app.core.db.engines import (
    Plan,
    all_engines,
    configure,
    dispose,
    engine,
    has_sent_commit,
    reader,
    reset_commit_flag,
)
from app.core.db.fragments import Fragment, RowRule, as_sql
from app.core.db.model_base import SRID, Base, Ltree, Recorded, Versioned, Xid8
from app.core.db.observers import observe_statements
from app.core.db.pool import make_engine
from app.core.db.raw_read import check_caller
from app.core.db.retries import is_collision, is_statement_timeout, is_transient, with_retries
from app.core.db.sessions import (
    Session,
    counting_session,
    long_read_session,
    one_transaction,
    read_session,
    set_statement_timeout,
    snapshot_session,
    transaction,
    unscoped,
    unscoped_reasons,
)
from app.core.db.statements import json_list, sql_text

__all__ = [
    "SRID",
    "Base",
    "Fragment",
    "Ltree",
    "Plan",
    "Recorded",
    "RowRule",
    "Session",
    "Versioned",
    "Xid8",
    "all_engines",
    "as_sql",
    "check_caller",
    "configure",
    "counting_session",
    "dispose",
    "engine",
    "has_sent_commit",
    "is_collision",
    "is_statement_timeout",
    "is_transient",
    "json_list",
    "long_read_session",
    "make_engine",
    "observe_statements",
    "one_transaction",
    "read_session",
    "reader",
    "reset_commit_flag",
    "set_statement_timeout",
    "snapshot_session",
    "sql_text",
    "transaction",
    "unscoped",
    "unscoped_reasons",
    "with_retries",
]
