"""The filters of the list of cases as the text of a query string, as an export stores them. Pure.

The schema `IncidentFilter` validates the same filters of a request; this module reads their values again in a job.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from app.incidents.cases.rules.case_number import normalise_case_number


def _list_of(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _flag_of(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _box_of(text: str) -> tuple[float, ...]:
    sides = tuple(float(side) for side in text.split(","))
    if len(sides) != 4:
        raise ValueError(text)
    return sides


def _instant_of(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(text)
    return instant


def _case_number_of(text: str) -> str:
    return normalise_case_number(text) or text


_READERS: Mapping[str, Callable[[str], Any]] = {
    "bbox": _box_of,
    "updated_since": _instant_of,
    "case_no": _case_number_of,
    "q": str,
    "escalated_to": str,
    "priority": int,
    **dict.fromkeys(("status", "category", "source", "waiting_reason", "assignment"), _list_of),
    **dict.fromkeys(
        ("grid_id", "area_id", "directly_in_area_id", "owner_unit_id", "joint_unit_id", "component_id"), UUID
    ),
    "worker_id": UUID,
    **dict.fromkeys(("no_area", "unowned", "overdue", "warned", "stage_overdue", "verify_overdue"), _flag_of),
    **dict.fromkeys(("escalated", "waiting", "mine", "supervised", "extension", "contested"), _flag_of),
    "directed": _flag_of,
}


def parse_filters(query: str) -> dict[str, Any]:
    """Return the values of the filters in a query string of `GET /incidents`, by name.

    Raises:
        ValueError: A name is no filter, as `limit` is not, or a value cannot be read.
    """
    filters: dict[str, Any] = {}
    for name, text in parse_qsl(query, strict_parsing=bool(query)):
        if name not in _READERS:
            raise ValueError(name)
        filters[name] = _READERS[name](text.strip())
    return filters
