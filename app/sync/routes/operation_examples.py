"""Purpose of each operation of a push, with an example of the members that depend on the operation.

The document of the API and docs/sync-reference.md are made from it; tests/sync/test_operation_document.py checks the examples.
"""

from dataclasses import dataclass, field
from typing import Any

CASE, ASSIGNMENT, OFFER = (f"01990a2b-0000-7000-8000-00000000000{n}" for n in (1, 2, 3))
PREMISES, HOUSEHOLD, RESIDENT = (f"01990a2b-0000-7000-8000-00000000000{n}" for n in (4, 5, 6))
CARE_TAG, CONSENT, VISIT, CALL = (f"01990a2b-0000-7000-8000-00000000000{n}" for n in (7, 8, 9, "a"))
NEW = "made by the device for the new row (UUIDv7)"


@dataclass(frozen=True, slots=True)
class Explanation:
    """`summary`: what the operation does. `id_is`: what `id` names; empty where there is none."""

    summary: str
    id_is: str = ""
    id: str | None = None
    patch: dict[str, Any] = field(default_factory=dict)
    base: dict[str, Any] = field(default_factory=dict)
    base_version: int | None = None


EXPLANATIONS: dict[tuple[str, str], Explanation] = {
    ("incident", "report"): Explanation(
        "Report a new case. It is never refused for its place or its category.",
        f"Id of the case, {NEW}",
        CASE,
        {"lon": 120.1551, "lat": 30.2741, "category": "E0102", "description": "垃圾堆积"},
    ),
    ("incident", "transition"): Explanation(
        "Take a step in the life cycle of a case: start, feed back, ask for more time, verify and so on.",
        "Id of the case",
        CASE,
        {"action": "feed_back", "note": "已清理"},
    ),
    ("incident", "note"): Explanation(
        "Add a note to a case.", "Id of the case", CASE, {"words": "晚上八点以后有人在家"}
    ),
    ("assignment", "accept"): Explanation("Accept an assignment.", "Id of the assignment", ASSIGNMENT),
    ("assignment", "decline"): Explanation(
        "Decline an assignment.", "Id of the assignment", ASSIGNMENT, {"reason": "手头任务已满"}
    ),
    ("assignment", "transition"): Explanation(
        "Record that the worker is on the way or on the scene, or give an accepted assignment back.",
        "Id of the assignment",
        ASSIGNMENT,
        {"action": "en_route"},
    ),
    ("offer", "delivered"): Explanation(
        "Record that an offer has reached the device.", "Id of the offer", OFFER
    ),
    ("premises", "create"): Explanation(
        "Add premises. Under the address rule `xihu` (`addresses.rule` in `data` of the row `profile`) all ten parts of the "
        "address are required, `无` for a part that does not exist; under `free` a text in `address` is enough.",
        f"Id of the premises, {NEW}",
        PREMISES,
        {
            **{"kind": "dwelling", "lon": 120.1551, "lat": 30.2741, "province": "浙江省", "city": "杭州市"},
            **{
                "county": "西湖区",
                "town": "古荡街道",
                "community": "文一社区",
                "grid": "无",
                "compound": "幸福路小区",
            },
            **{"building": "12幢", "unit": "3单元", "room": "501"},
        },
    ),
    ("premises", "patch"): Explanation(
        "Change premises.", "Id of the premises", PREMISES, {"name": "便民超市"}, {"name": None}, 3
    ),
    ("household", "create"): Explanation(
        "Add a household to premises.",
        f"Id of the household, {NEW}",
        HOUSEHOLD,
        {"premises_id": PREMISES, "label": "东间"},
    ),
    ("household", "patch"): Explanation(
        "Change a household.", "Id of the household", HOUSEHOLD, {"label": "西间"}, {"label": "东间"}, 3
    ),
    ("resident", "create"): Explanation(
        "Add a resident to a household.",
        f"Id of the resident, {NEW}",
        RESIDENT,
        {"household_id": HOUSEHOLD, "name": "王芳", "phone": "13800000000"},
    ),
    ("resident", "patch"): Explanation(
        "Change a resident. `base` has the masked text where the device holds only that.",
        "Id of the resident",
        RESIDENT,
        {"phone": "13900000000"},
        {"phone": "138****0000"},
        2,
    ),
    ("care_tag", "create"): Explanation(
        "Record that a resident needs a kind of help, for at most 366 days.",
        f"Id of the care tag, {NEW}",
        CARE_TAG,
        {
            "resident_id": RESIDENT,
            "kind": "mobility",
            "purpose": "下楼需要帮助",
            "ends_on": "2026-12-31",
            "cycle_days": 7,
        },
    ),
    ("care_tag", "patch"): Explanation(
        "Change a care tag.", "Id of the care tag", CARE_TAG, {"cycle_days": 14}, {"cycle_days": 7}, 1
    ),
    ("care_tag", "delete"): Explanation(
        "End a care tag. A tag that is gone already is no fault.", "Id of the care tag", CARE_TAG
    ),
    ("consent", "create"): Explanation(
        "Record a consent of a household or of one of its residents.",
        f"Id of the consent, {NEW}",
        CONSENT,
        {"household_id": HOUSEHOLD, "purpose": "上门走访", "given_by_way": "spoken"},
    ),
    ("consent", "withdraw"): Explanation("Withdraw a consent.", "Id of the consent", CONSENT),
    ("visit", "create"): Explanation(
        "Record a visit to a household.",
        f"Id of the visit, {NEW}",
        VISIT,
        {"household_id": HOUSEHOLD, "outcome": "done", "note": "一切正常", "care_done": [CARE_TAG]},
    ),
    ("duty", "start"): Explanation("Start duty. The account's own worker is meant."),
    ("duty", "end"): Explanation("End duty. The account's own worker is meant."),
    ("sos", "raise"): Explanation(
        "Call for help. Send it in a push of its own, before the rest of the queue. Until the call is closed the worker "
        "gets no offers, on duty too.",
        f"Id of the call, {NEW}",
        CALL,
        {"lon": 120.1551, "lat": 30.2741, "accuracy_m": 12.5},
    ),
}
