"""An accepted case stays with its worker when the grid is reassigned."""

from datetime import timedelta
from typing import Any

import pytest

from app.core import clock
from tests.fieldapp.push_client import PushClient, codes
from tests.fieldapp.test_push_failures import reassign


@pytest.fixture
def taken(city: Any, report: Any, accept: Any) -> tuple[PushClient, dict[str, Any]]:
    """A phone, and a case of the own grid that its worker has accepted."""
    worker = city.worker("g1", name="甲")
    case = report(city.worker("g3", name="丙"), city.in_grid("g1"))
    assert accept(worker, case).status_code == 200
    return PushClient(worker), case


@pytest.mark.parametrize("hours", [1, 100])
def test_push_case_13_accepts_steps_of_accepted_case_after_grid_change(
    city: Any, taken: tuple[PushClient, dict[str, Any]], hours: int
) -> None:
    phone, case = taken
    reassign(city, phone.person, ago=timedelta(hours=hours))
    before = (clock.now() - timedelta(hours=hours + 1)).isoformat()
    steps = [
        phone.op("incident", "note", case["id"], patch={"words": "门锁着"}, client_at=before),
        phone.op("incident", "transition", case["id"], patch={"action": "start"}, client_at=before),
        phone.op("incident", "transition", case["id"], patch={"action": "feed_back", "note": "已清理"}),
    ]
    results = phone.push(*steps)
    assert codes(results) == ["applied"] * 3
    assert all(r["flags"] == [] and r["dead_letter"] is None for r in results)


def test_push_case_13_rejects_step_of_reassigned_case_as_dead_letter(
    city: Any, taken: tuple[PushClient, dict[str, Any]], step: Any
) -> None:
    phone, case = taken
    boss, other = city.supervisor("c1"), city.worker("g1", name="乙")
    moved = step(boss, case, "reassign", worker_id=str(other.id), note="换人")
    assert moved.status_code == 200, moved.json
    op = phone.op("incident", "transition", case["id"], patch={"action": "feed_back", "note": "已清理"})
    (result,) = phone.push(op | {"client_at": (clock.now() - timedelta(hours=1)).isoformat()})
    assert result["status"] == "rejected" and not result["retryable"], result
    letters = boss.get("/sync/dead-letters").json["items"]
    assert [letter["id"] for letter in letters] == [result["dead_letter"]]
    assert letters[0]["operation"]["patch"]["note"] == "已清理"
