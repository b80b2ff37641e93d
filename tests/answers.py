"""Readers of HTTP answers: status and code of a problem document (RFC 9457), ids of a list, pages of a keyset list."""

from collections.abc import Iterator
from typing import Any


def status_and_code(answer: Any) -> tuple[int, str | None]:
    """Return the HTTP status and the `code` member of a problem document."""
    return answer.status_code, answer.json.get("code")


def fault_codes(answer: Any) -> set[tuple[str, str]]:
    """Return (field, code) of each fault of a 422 answer."""
    assert answer.status_code == 422, answer.json
    return {(fault["field"], fault["code"]) for fault in answer.json["errors"]}


def listed_ids(answer: Any) -> set[str]:
    """Return the ids of the items of one page."""
    assert answer.status_code == 200, answer.json
    return {item["id"] for item in answer.json["items"]}


def pages(person: Any, path: str) -> Iterator[dict[str, Any]]:
    """Yield the pages of a list until `next` is null. `path` has a query already."""
    cursor = ""
    while True:
        answer = person.get(f"{path}{cursor}")
        assert answer.status_code == 200, answer.json
        yield answer.json
        if answer.json["next"] is None:
            return
        cursor = f"&cursor={answer.json['next']}"


def all_items(person: Any, path: str) -> list[dict[str, Any]]:
    """Return the items of all pages. `path` has a query already."""
    return [item for page in pages(person, path) for item in page["items"]]
