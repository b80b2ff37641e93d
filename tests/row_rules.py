"""Finds statements of requests that read a table with a rule of visibility, without that rule.

A statement that is right without the rule is marked with `app.core.db.unscoped`, with the reason.
"""

import re
from typing import Any

from flask import has_request_context, request
from sqlalchemy import Table, TextClause
from sqlalchemy.sql import visitors

from app.core import db
from app.core.db import RowRule
from app.http import direct_reads

# Tables whose rows not every signed-in account may see.
SCOPED = frozenset(
    {
        "component",
        "household",
        "incident",
        "notice",
        "open_case",
        "open_case_change",
        "open_case_count",
        "premises",
        "resident",
        "tile_case_count",
        "worker",
    }
)
_LITERALS = re.compile(r"'(?:[^']|'')*'|--[^\n]*")
_RULE_OF = re.compile(r"/\* rule of ([a-z_, ]+) \*/")
# A name after FROM or JOIN, or after a comma behind a table with its alias.
_READ = re.compile(r"\b(?:from|join)\s+(?:lateral\s+)?(?:only\s+)?([a-z_]+)\b", re.IGNORECASE)
_LISTED = re.compile(
    r"\bfrom\s+[a-z_]+(?:\s+(?:as\s+)?[a-z_]+)?((?:\s*,\s*[a-z_]+(?:\s+(?:as\s+)?[a-z_]+)?)+)", re.IGNORECASE
)


def tables_of(statement: Any) -> set[str]:
    """Return the names of the tables that a statement reads, in FROM, JOIN and sub-selects, of its text too."""
    names: set[str] = set()
    for element in visitors.iterate(statement):
        if isinstance(element, Table):
            names.add(element.name)
        elif isinstance(element, TextClause):
            names |= tables_of_text(element.text)
    return names


def tables_of_text(sql: str) -> set[str]:
    plain = _LITERALS.sub("''", sql)
    names = {match.lower() for match in _READ.findall(plain)}
    for listed in _LISTED.findall(plain):
        names |= {part.split()[0].lower() for part in listed.split(",") if part.strip()}
    return names


def rules_of(statement: Any) -> set[str]:
    """Return the names of the tables whose rule of visibility a statement contains."""
    names: set[str] = set()
    for element in visitors.iterate(statement):
        if isinstance(element, RowRule):
            names |= set(element.tables)
        elif isinstance(element, TextClause):
            for listed in _RULE_OF.findall(element.text):
                names |= set(listed.split(", "))
    return names


def missing_rules(statement: Any) -> set[str]:
    """Return the tables with a rule of visibility that a statement reads without it."""
    return (tables_of(statement) & SCOPED) - rules_of(statement) - set(db.unscoped_reasons(statement))


def watch() -> list[str]:
    """Return a list to which each statement of a request without a rule is added, as endpoint, tables and its beginning."""
    faults: list[str] = []
    missing_by_id: dict[int, tuple[Any, set[str]]] = {}

    def note(statement: Any, is_reading: bool) -> None:
        endpoint = request.endpoint if has_request_context() else direct_reads.operation.get()
        if not is_reading or endpoint is None:
            return
        if id(statement) not in missing_by_id:
            missing_by_id[id(statement)] = (statement, missing_rules(statement))
        missing = missing_by_id[id(statement)][1]
        if missing:
            text = " ".join(str(statement).split())[:150]
            faults.append(f"{endpoint} reads {', '.join(sorted(missing))} without its rule: {text}")

    db.observe_statements(note)
    return faults
