"""Operations of a worker on the phone, chosen without regard to its rows."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from app.households.rules.register import CARE_KINDS
from tests.sync.client import Device
from tests.sync.crowd.plan import Deed

T = TypeVar("T")
Ops = list[dict[str, Any]]


def do(device: Device, deed: Deed, town: Any) -> Ops:
    """Queue the deed; what was queued. Nothing where the phone shows nothing to do it on."""
    return DEEDS[deed.kind](device, deed, town)


def _pick(deed: Deed, among: Sequence[T]) -> T | None:
    return among[int(deed.dice * len(among))] if among else None


def _home(device: Device, deed: Deed) -> tuple[str, dict[str, Any]] | None:
    return _pick(deed, sorted(device.view("household").items()))


def _rename(device: Device, deed: Deed, town: Any) -> Ops:
    home = _home(device, deed)
    if home is None:
        return []
    return [device.do("household", "patch", id=home[0], patch={"label": deed.marker})]


def _visit(device: Device, deed: Deed, town: Any) -> Ops:
    home = _home(device, deed)
    if home is None:
        return []
    patch = {"household_id": home[0], "outcome": "done", "note": deed.marker}
    return [device.do("visit", "create", patch=patch)]


def _report(device: Device, deed: Deed, town: Any) -> Ops:
    home = _home(device, deed)
    premises = device.view("premises").get(home[1].get("premises_id", "")) if home else None
    lon, lat = premises["location"]["coordinates"] if premises else (120.101, 30.201)
    patch = {"lon": lon, "lat": lat, "category": "E0102", "description": deed.marker}
    return [device.do("incident", "report", patch=patch)]


def _note(device: Device, deed: Deed, town: Any) -> Ops:
    case = _pick(deed, sorted(device.view("incident")))
    if case is None:
        return []
    return [device.do("incident", "note", id=case, patch={"words": deed.marker})]


def _settle(device: Device, deed: Deed, town: Any) -> Ops:
    home = _home(device, deed)
    if home is None:
        return []
    patch = {"premises_id": home[1]["premises_id"], "label": deed.marker}
    return [device.do("household", "create", patch=patch)]


def _correct(device: Device, deed: Deed, town: Any) -> Ops:
    """A field of which two versions are for a person to judge."""
    resident = _pick(deed, sorted(device.view("resident")))
    return [device.do("resident", "patch", id=resident, patch={"name": deed.marker})] if resident else []


def _care(device: Device, deed: Deed, town: Any) -> Ops:
    resident = _pick(deed, sorted(device.view("resident")))
    if resident is None:
        return []
    patch = {
        "resident_id": resident,
        "kind": sorted(CARE_KINDS)[int(deed.dice * 1000) % len(CARE_KINDS)],
        "purpose": deed.marker,
        "ends_on": str(date.today() + timedelta(days=30)),
    }
    return [device.do("care_tag", "create", patch=patch)]


def _undo(device: Device, deed: Deed, town: Any) -> Ops:
    made = _care(device, deed, town)
    return [*made, device.do("care_tag", "delete", id=made[0]["id"])] if made else []


def _care_no_more(device: Device, deed: Deed, town: Any) -> Ops:
    tag = _pick(deed, sorted(device.view("care_tag")))
    return [device.do("care_tag", "delete", id=tag)] if tag else []


def _duty(device: Device, deed: Deed, town: Any) -> Ops:
    return [device.do("duty", "start" if deed.dice * 1000 % 1 < 0.7 else "end")]


def _work(device: Device, deed: Deed, town: Any) -> Ops:
    """The next step of an assignment of the worker."""
    mine = _pick(deed, sorted(device.view("assignment").items()))
    if mine is None:
        return []
    assignment_id, assignment = mine
    if assignment.get("state") == "offered":
        if deed.dice * 1000 % 1 < 0.2:
            return [device.do("assignment", "decline", id=assignment_id, patch={"reason": "too far"})]
        return [device.do("assignment", "accept", id=assignment_id)]
    case = assignment["incident_id"]
    action = (
        {"action": "start"} if deed.dice * 1000 % 1 < 0.5 else {"action": "feed_back", "note": deed.marker}
    )
    return [device.do("incident", "transition", id=case, patch=action)]


def _together(device: Device, deed: Deed, town: Any) -> Ops:
    """Two visits that count together or not at all; the second is of a household that may be gone by then."""
    homes = sorted(device.view("household"))
    if len(homes) < 2:
        return []
    first, second = (homes[int(dice * len(homes))] for dice in (deed.dice, deed.dice * 7 % 1))
    patch = {"outcome": "done", "note": deed.marker}
    return device.do_together(
        [
            ("visit", "create", None, patch | {"household_id": first}),
            ("household", "patch", second, {"label": f"{deed.marker}t"}),
        ]
    )


def _nonsense(device: Device, deed: Deed, town: Any) -> Ops:
    """Return operations that a server refuses, or accepts only sanitised."""
    home = _home(device, deed)
    if home is None:
        return []
    patches: list[dict[str, Any]] = [
        {"no_such_field": deed.marker},
        {"kind": "castle"},
        {"label": "x" * 10_000},
        {"label": 7},
    ]
    return [device.do("household", "patch", id=home[0], patch=patches[int(deed.dice * 1000) % len(patches)])]


DEEDS: dict[str, Callable[[Device, Deed, Any], Ops]] = {
    "rename": _rename,
    "visit": _visit,
    "report": _report,
    "note": _note,
    "settle": _settle,
    "correct": _correct,
    "care": _care,
    "undo": _undo,
    "care no more": _care_no_more,
    "duty": _duty,
    "work": _work,
    "together": _together,
    "nonsense": _nonsense,
}
