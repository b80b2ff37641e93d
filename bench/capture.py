"""The SQL that requests send, word for word, as scripts for pgbench."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.engine import Engine

# A bind in the statement as psycopg gets it, with or without a cast behind it; and a percent sign that stands for itself.
_BIND = re.compile(r"%\((?P<name>\w+)\)s|%%")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CASE_NO = re.compile(r'"case_no":"([^"]+)"')
_LITERAL = re.compile(r"'[^']*'")
_TYPES = {
    UUID: "uuid",
    datetime: "timestamptz",
    bool: "boolean",
    int: "bigint",
    float: "float8",
    bytes: "bytea",
    timedelta: "interval",
}


@dataclass(frozen=True, slots=True)
class SentStatement:
    statement: str
    binds: dict[str, Any]


@contextmanager
def recording(engine: Engine) -> Iterator[list[SentStatement]]:
    """Record all statements that an engine sends inside the block."""
    sent: list[SentStatement] = []

    def note(_conn: Any, _cursor: Any, statement: str, binds: Any, *_: Any) -> None:
        sent.append(SentStatement(statement, dict(binds or {})))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


class Script:
    """The statements of one request, for `pgbench --protocol=prepared`.

    The values are pgbench's variables, so that statements are prepared once and then planned as the server's own
    are. Ids that the request made itself (known by their time, as they are version 7) are made anew each time.
    """

    def __init__(
        self, number: int, sent: Sequence[SentStatement], *, made_since: datetime | None = None
    ) -> None:
        self._number = number
        self._since = int(made_since.timestamp() * 1000) if made_since else None
        self._fresh: dict[UUID, str] = {}
        self.variables: dict[str, str] = {}
        if made_since:
            for statement in sent:
                for value in statement.binds.values():
                    for id_found in _ids_in(value):
                        if self._is_made(id_found):
                            self._fresh.setdefault(id_found, f"u{len(self._fresh)}")
        lines = [_statement(statement.statement, partial(self._value, statement.binds)) for statement in sent]
        if made_since:
            draws = ", ".join(f"gen_random_uuid() {name}" for name in self._fresh.values())
            lines = ["begin;", f"select {draws} \\gset", *lines, "commit;"]
        self.text = "\n".join(lines) + "\n"

    def _is_made(self, value: UUID) -> bool:
        return self._since is not None and value.version == 7 and value.int >> 80 >= self._since

    def _value(self, binds: dict[str, Any], name: str) -> str:
        value = binds[name]
        if value is None:
            return "null"
        if isinstance(value, UUID) and value in self._fresh:
            return f":{self._fresh[value]}::uuid"
        expression = self._variable(_text(value))
        if isinstance(value, str):
            if (case_no := _CASE_NO.search(value)) and self._fresh:
                fresh = f"'B' || :{next(iter(self._fresh.values()))}::text"
                expression = f"replace({expression}::text, '{case_no[1]}', {fresh})"
            for made_id, variable in self._fresh.items():
                if str(made_id) in value:
                    expression = f"replace({expression}::text, '{made_id}', :{variable}::text)"
            return expression
        return f"{expression}{_cast(value)}"

    def _variable(self, text: str) -> str:
        name = f"v{self._number}_{len(self.variables)}"
        for variable, stored_text in self.variables.items():
            if stored_text == text:
                return f":{variable}"
        self.variables[name] = text
        return f":{name}"


def _ids_in(value: Any) -> list[UUID]:
    """Return the id that a value is, or the ids in its text: rows are sent as JSON."""
    if isinstance(value, UUID):
        return [value]
    return [UUID(match) for match in _UUID.findall(value)] if isinstance(value, str) else []


def _without_colon(literal: re.Match[str]) -> str:
    """pgbench takes `:MI` for a variable in a literal too."""
    if not re.search(r":\w", literal[0]):
        return literal[0]
    return "E" + literal[0].replace("\\", "\\\\").replace(":", "\\x3A")


def _cast(value: Any) -> str:
    """Return the cast behind a value's variable; none for text and empty lists, which psycopg sends untyped."""
    if isinstance(value, str) or value == []:
        return ""
    return f"::{_type(value)}"


def _type(value: Any) -> str:
    if isinstance(value, list):
        element_type = next(
            (_type(part) for part in value if part is not None and not isinstance(part, str)), "text"
        )
        return f"{element_type}[]"
    return _TYPES[type(value)]


def _text(value: Any) -> str:
    if isinstance(value, list):
        parts = ("null" if p is None else '"' + _text(p).replace('"', '\\"') + '"' for p in value)
        return "{" + ",".join(parts) + "}"
    if isinstance(value, timedelta):
        return f"{value.total_seconds()} seconds"
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


class Merged:
    """Requests that differ in values only, as one script that draws the values by lot.

    Prepared once for each client, it is soon planned as in the server, whose connections live long. The values lie
    in an array of each kind, which takes a few microseconds.
    """

    def __init__(self, requests: Sequence[Sequence[SentStatement]]) -> None:
        self.variables: dict[str, str] = {}
        # A page that is the last one needs no count: of requests that send more or fewer statements, most.
        lengths = [len(request) for request in requests]
        requests = [request for request in requests if len(request) == max(set(lengths), key=lengths.count)]
        lines = [f"\\set n random(1, {len(requests)})"]
        for number, statements in enumerate(zip(*requests, strict=True)):

            def value(
                name: str, number: int = number, statements: tuple[SentStatement, ...] = statements
            ) -> str:
                values = [statement.binds[name] for statement in statements]
                if all(bind is None for bind in values):
                    return "null"
                kind = _type(values[0]) if not isinstance(values[0], str) else "text"
                variable = f"v{number}_{name}"
                if all(bind == values[0] for bind in values):
                    self.variables[variable] = _text(values[0])
                    return f":{variable}{_cast(values[0])}"
                self.variables[variable] = _text(values)
                return f"(:{variable}::{kind}[])[:n::int]"

            lines.append(_statement(statements[0].statement, value))
        self.text = "\n".join(lines) + "\n"

    @staticmethod
    def fits(requests: Sequence[Sequence[SentStatement]]) -> bool:
        """Return True if all requests send the same statements and no list differs (arrays of lists have one length)."""
        if len({tuple(sent.statement for sent in request) for request in requests}) != 1:
            return False
        varying = (
            [statement.binds[name] for statement in statements]
            for statements in zip(*requests, strict=True)
            for name in statements[0].binds
            if any(statement.binds[name] != statements[0].binds[name] for statement in statements)
        )
        return all(
            not any(value is None or isinstance(value, list) for value in values) for values in varying
        )


def _statement(statement: str, value: Callable[[str], str]) -> str:
    def replaced(match: re.Match[str]) -> str:
        return "%" if match["name"] is None else value(match["name"])

    # One line, as pgbench ends a statement where a line ends with a semicolon; comments have no place in it.
    text = re.sub(r"--[^\n]*", "", statement)
    return " ".join(_BIND.sub(replaced, _LITERAL.sub(_without_colon, text)).split()) + ";"


def write(scripts: Sequence[Script | Merged], folder: Path) -> list[str]:
    """Write the scripts; what pgbench is given to run one of them at a time, by lot."""
    folder.mkdir(parents=True, exist_ok=True)
    arguments: list[str] = []
    for number, script in enumerate(scripts):
        path = folder / f"{number}.sql"
        path.write_text(script.text)
        arguments += ["-f", str(path)]
        for name, value in script.variables.items():
            arguments += ["-D", f"{name}={value}"]
    return arguments
