"""Log lines of every process: one JSON object a line, with the ids of the request and the job.

The ids are context variables. The standard library's logging is used with a formatter of our own. Packages for structured logs
add the text of exceptions, which must not be logged: errors of PostgreSQL quote rows in their DETAIL, and errors of SQLAlchemy
quote the statement. So an exception is logged only by its types, its SQLSTATE and where it was raised.
"""

import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import orjson

from app.core.errors import DomainError

FORMATS = ("json", "text")
LEVELS = ("debug", "info", "warning", "error", "critical")
FRAMES = 30
# Access tokens say what they are, so that none gets into a line even where others' code quotes an address.
TOKEN = re.compile(r"gw[a-z]_[A-Za-z0-9_-]{20,}")
BLANK = "[token]"

# The request that this context serves, and the job that it works off: {"id", "task", "attempt"}.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
_job: ContextVar[dict[str, Any] | None] = ContextVar("job", default=None)

log = logging.getLogger("gridward.process")


@contextmanager
def job_context(*, job_id: int | None, task: str, attempt: int, caused_by: str | None) -> Iterator[None]:
    """Add this job and the request that enqueued it to all lines logged inside the block."""
    job, request = _job.set({"id": job_id, "task": task, "attempt": attempt}), request_id.set(caused_by)
    try:
        yield
    finally:
        _job.reset(job)
        request_id.reset(request)


def describe_error(error: BaseException) -> list[dict[str, Any]]:
    """Return the types of an exception and its causes, innermost last, without any value."""
    chain: list[dict[str, Any]] = []
    visited: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in visited:
        visited.add(id(current))
        frames = traceback.extract_tb(current.__traceback__)[-FRAMES:]
        entry: dict[str, Any] = {"type": error_name(current)}
        entry |= _database_facts(current)
        entry["frames"] = [{"file": f.filename, "line": f.lineno, "function": f.name} for f in frames]
        chain.append(entry)
        next_error = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
        current = next_error
    return chain


def error_name(error: BaseException) -> str:
    """Return the class name of an error with its code or SQLSTATE."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    code = error.code if isinstance(error, DomainError) else _database_facts(error).get("sqlstate")
    return f"{name}[{code}]" if code else name


def _database_facts(error: BaseException) -> dict[str, Any]:
    """Return the SQLSTATE, constraint and table of a database error.

    The message, detail and hint are left out, because they can quote rows.
    """
    orig = getattr(error, "orig", error)
    diag = getattr(orig, "diag", None)
    facts = {"sqlstate": getattr(orig, "sqlstate", None)}
    for name in ("constraint_name", "table_name"):
        facts[name] = getattr(diag, name, None)
    return {name: value for name, value in facts.items() if value}


def _message(record: logging.LogRecord) -> str:
    """Return the message of a log record without values that third-party code may have added."""
    action = getattr(record, "action", None)
    if record.name.startswith("procrastinate") and action:
        return str(action)  # its own sentence quotes the job's arguments
    if isinstance(record.msg, BaseException):
        return error_name(record.msg)
    arguments: Any = record.args
    if isinstance(arguments, tuple):
        arguments = tuple(error_name(a) if isinstance(a, BaseException) else a for a in arguments)
    text = str(record.msg)
    if arguments:
        text = text % arguments
    # asyncio and warnings go on with the repr of what failed.
    return text if record.name.startswith("gridward") else text.partition("\n")[0]


def _entry(record: logging.LogRecord) -> dict[str, Any]:
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    entry: dict[str, Any] = {
        "time": at.replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": _message(record),
    }
    if current_request_id := request_id.get():
        entry["request_id"] = current_request_id
    job = _job.get()
    queue_job: Any = getattr(record, "job", None)
    if job is None and isinstance(queue_job, dict) and record.name.startswith("procrastinate"):
        job = {
            "id": queue_job.get("id"),
            "task": queue_job.get("task_name"),
            "attempt": queue_job.get("attempts"),
        }
    if job:
        entry["job"] = job
    entry |= getattr(record, "fields", {})
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        entry["error"] = describe_error(error)
    return entry


class JsonLines(logging.Formatter):
    """Log formatter: one JSON object a line, also for a message of several lines."""

    def format(self, record: logging.LogRecord) -> str:
        return TOKEN.sub(
            BLANK, orjson.dumps(_entry(record) | {"process": record.process}, default=str).decode()
        )


class Text(logging.Formatter):
    """Log formatter: readable text, for a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        entry = _entry(record)
        prefix = (
            f"{entry.pop('time')[11:19]} {entry.pop('level'):7} {entry.pop('logger')}: {entry.pop('message')}"
        )
        error = entry.pop("error", ())
        extras = "".join(f" {name}={_field_text(value)}" for name, value in entry.items())
        stack = [
            f"\n  {entry['type']}" + "".join(f"\n    {f['file']}:{f['line']} {f['function']}" for f in frames)
            for entry in error
            for frames in [entry["frames"]]
        ]
        return TOKEN.sub(BLANK, prefix + extras + "".join(stack))


def _field_text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value, default=str).decode()


def config(level: str, form: str) -> dict[str, Any]:
    """Return the configuration for logging.config.dictConfig: all lines go to standard error."""
    formatter = f"{__name__}.{'Text' if form == 'text' else 'JsonLines'}"
    quiet = {"level": "WARNING"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "stream": "ext://sys.stderr",
            }
        },
        "root": {"level": level.upper(), "handlers": ["stderr"]},
        # app.core.db is what SQLAlchemy calls our pool.
        "loggers": dict.fromkeys(("alembic", "procrastinate", "app.core.db"), quiet)
        # Pillow tells at level debug what it reads: makers, owners, places.
        | {"_granian": {"level": level.upper()}, "PIL": {"level": "ERROR"}},
    }


def configure(level: str, form: str) -> None:
    """Set up the logging of this process.

    Uncaught exceptions and warnings are logged, too.
    """
    from logging.config import dictConfig

    # No formatter writes where a line was logged, or names of threads: looking for them costs more than the rest of a line.
    for name, value in (("_srcfile", None), ("logThreads", False), ("logMultiprocessing", False)):
        setattr(logging, name, value)
    dictConfig(config(level, form))
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(
        args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
    )


def _uncaught(kind: type[BaseException], error: BaseException, stack: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    log.critical("uncaught error", exc_info=(kind, error, stack))
