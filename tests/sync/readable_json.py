"""Server answers as documentation: ids, instants and tokens replaced by readable ones, the same in every run."""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
INSTANT, DAY = "2026-11-28T01:30:00+00:00", "2026-12-31"


class Readable:
    """Replaces values. The same id gets the same replacement, numbered in the order in which they come.

    `named`: replacements of texts that are known beforehand, such as the user name. `instants`: their replacements;
    all are the same without it.
    """

    def __init__(self, named: dict[str, str] | None = None, instants: dict[str, str] | None = None) -> None:
        self.named = dict(named or {})
        self.instants = instants or {}
        self.ids: dict[str, str] = {}

    def __call__(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._member(key, part) for key, part in value.items()}
        if isinstance(value, list):
            return [self(part) for part in value]
        return self.text(value) if isinstance(value, str) else value

    def text(self, value: str) -> str:
        for text, replacement in self.named.items():
            value = value.replace(text, replacement)
        if _DAY.fullmatch(value):
            return DAY
        text = _UUID.sub(lambda match: self.id(match[0]), value)
        return _INSTANT.sub(lambda match: self.instants.get(match[0], INSTANT), text)

    def id(self, value: str) -> str:
        return self.ids.setdefault(value, f"01990a2b-0000-7000-8000-{len(self.ids) + 1:012d}")

    def _member(self, key: str, value: Any) -> Any:
        replace: Callable[[Any], Any] | None = _BY_KEY.get(key)
        return self(value) if replace is None or value is None else replace(value)


def in_order(value: Any) -> dict[str, str]:
    """Return replacements of all instants in a value that keep their order, ten minutes apart."""
    instants = {match[0] for match in _INSTANT.finditer(json.dumps(value))}
    begin = datetime.fromisoformat(INSTANT)
    return {
        instant: (begin + timedelta(minutes=10 * n)).isoformat()
        for n, instant in enumerate(sorted(instants, key=datetime.fromisoformat))
    }


_BY_KEY: dict[str, Callable[[Any], Any]] = {
    "token": lambda _: "T1",
    "coordinates": lambda value: value if isinstance(value[0], list) else [120.1551, 30.2741],
    "lon": lambda _: 120.1551,
    "lat": lambda _: 30.2741,
    "skew_seconds": lambda _: 0.1,
}
