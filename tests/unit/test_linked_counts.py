"""Links of counts: counts of one group are linked as each of them alone."""

from uuid import UUID

import pytest

from app.statistics.rules.linked_counts import case_count, case_counts

AREA = UUID(int=7)


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"area_id": AREA},
        {"area_id": None, "no_area": True},
        {"status": "open", "waiting_reason": "no grid & more", "area_id": AREA},
        {"status": "open", "owner_unit_id": UUID(int=9), "area_id": AREA},
        {"unowned": True, "assignment": "on_scene"},
    ],
)
def test_counts_of_group_have_links_of_each_count_alone(filters):
    counts = {"open": (5, None), "overdue": (3, "overdue"), "escalated": (0, "escalated")}
    assert case_counts(counts, **filters) == {
        "open": case_count(5, **filters),
        "overdue": case_count(3, overdue=True, **filters),
        "escalated": case_count(0, escalated=True, **filters),
    }
