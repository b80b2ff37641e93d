"""How often the statement of a preview reads the register."""

from typing import Any

import orjson
import pytest

from app.core import db
from app.core.actor import SYSTEM
from tests.statements import recorded_with_binds


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", ()) for node in nodes(part))]


def plan_of(world: Any, **members: Any) -> list[dict[str, Any]]:
    """Return the nodes of the plan of the preview of a notice."""
    draft = world.draft(channels=["visit", "link"], **members)
    with recorded_with_binds("by_place") as statements:
        assert world.author.get(f"/notices/{draft['id']}/preview").status_code == 200
    ((statement, binds),) = statements
    with db.transaction(SYSTEM) as session:
        explain = f"explain (format json) {statement}"
        plan: Any = session.connection().exec_driver_sql(explain, binds).scalar()
    return nodes(orjson.loads(plan)[0]["Plan"])


def reads(plan: list[dict[str, Any]], table: str) -> int:
    return sum(node.get("Relation Name") == table for node in plan)


@pytest.mark.parametrize(
    ("members", "households", "tags"),
    [({}, 2, 0), ({"premises_kinds": ["rental"]}, 2, 0), ({"care_kinds": ["mobility"]}, 1, 1)],
)
def test_preview_meets_households_once_and_those_with_a_wish_again(world, members, households, tags):
    world.settle("g1", 3)
    plan = plan_of(world, **members)
    assert (reads(plan, "household"), reads(plan, "care_tag")) == (households, tags)
    assert reads(plan, "notice_opt_out") == 1
