"""Links of counts: counts of one group are linked as each of them alone."""

from uuid import UUID

import pytest

from app.statistics.rules.linked_counts import case_count, case_counts, counts_by_group

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


@pytest.mark.parametrize("by", ["area_id", "owner_unit_id", "joint_unit_id"])
@pytest.mark.parametrize(
    "filters", [{}, {"status": "open"}, {"status": "open", "is_a": None, "zone": "a & b"}]
)
def test_counts_of_many_groups_have_links_of_each_group_alone(by, filters):
    only = {"open": None, "overdue": "overdue", "escalated": "escalated"}
    counts_of = counts_by_group(only, by=by, **filters)
    for value, counts in ((AREA, (5, 3, 0)), (UUID(int=2**128 - 1), (9, 9, 9))):
        pairs = dict(zip(only, zip(counts, only.values(), strict=True), strict=True))
        assert counts_of(str(value), counts) == case_counts(pairs, **filters, **{by: value})
