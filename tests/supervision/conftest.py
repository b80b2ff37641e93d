"""What the tests of supervision say often."""

from typing import Any

import pytest

from app.core.ids import uuid7


@pytest.fixture
def report():
    """Report something as somebody; returns the case as answered."""

    def send(person: Any, place: dict[str, float], **said: Any) -> dict[str, Any]:
        body = {"id": str(uuid7()), "category": "E0102", "description": "垃圾堆积", **place, **said}
        answer = person.post("/incidents", body)
        assert answer.status_code == 201, answer.json
        found: dict[str, Any] = answer.json
        return found

    return send


@pytest.fixture
def step():
    """Move a case; returns the answer."""

    def move(person: Any, case: dict[str, Any], action: str, **more: Any) -> Any:
        headers = more.pop("headers", {})
        return person.post(
            f"/incidents/{case['id']}/transitions", {"action": action, **more}, headers=headers
        )

    return move


@pytest.fixture
def accept():
    def take(person: Any, case: dict[str, Any]) -> Any:
        return person.post(f"/assignments/{case['assignment']['id']}/accept", {})

    return take
