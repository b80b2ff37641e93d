"""Cases on paper: what the actor may see of them, for those who walk without a screen."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.incidents.cases.rules.names import STEPS
from app.incidents.cases.service.views import detail, events, listing
from app.incidents.desk.queries import print_sheets
from app.incidents.desk.rules import print_sheets as paper
from app.incidents.desk.service.notes import notes
from app.incidents.reporting.service.reports import category_of
from app.profiles import service as profiles


def sheet(session: Session, actor: Actor, *, incident_id: UUID) -> dict[str, Any]:
    """One case with its reports, steps, deadlines and the notes for handlers: texts ready for a page.

    No reporter, nobody's contact, no subject of a case about somebody, no notes of the desk.
    """
    body, _ = detail(actor, incident_id=incident_id)
    case = orjson.loads(body)
    steps = orjson.loads(events(session, actor, incident_id=incident_id))["items"]
    said = orjson.loads(notes(session, actor, incident_id=incident_id))["items"]
    (rules,) = print_sheets.rules_of(session, [incident_id]).values()
    zone = rules["timezone"]
    return _line(session, case, rules) | {
        "zone": zone,
        "printed_at": paper.on_the_clock(clock.now().isoformat(), zone),
        "closed_at": paper.on_the_clock(case["closed_at"], zone),
        "is_about_somebody": case["about"] is not None,
        "same_as": case["same_as"],
        "merged": [one["case_no"] for one in case["merged"]],
        "reports": [
            {
                "at": paper.on_the_clock(one["received_at"], zone),
                "words": paper.without_numbers(one["words"]),
                "by": paper.ACTORS["reporter"],
            }
            for one in case["reports"]
        ],
        "steps": [
            {
                "at": paper.on_the_clock(one["occurred_at"], zone),
                "what": paper.label(STEPS, one["action"]),
                "to": paper.state(one["to_status"]),
                "who": paper.who(one["actor"]),
                "note": paper.without_numbers(one["note"]),
            }
            for one in steps
        ],
        "deadlines": [
            {
                "stage": f"{one['name']['zh']} {one['name']['en']}" if one["name"] else paper.WHOLE,
                "limit": f"{one['amount']:g} {paper.label(paper.UNITS, one['unit'])}",
                "started": paper.on_the_clock(one["started_at"], zone),
                "due": paper.on_the_clock(one["due_at"], zone),
                "outcome": paper.label(
                    paper.OUTCOMES, one["outcome"] or ("paused" if one["paused_at"] else "running")
                ),
            }
            for one in case["deadlines"]
        ],
        "notes": [
            {
                "at": paper.on_the_clock(one["occurred_at"], zone),
                "who": one["author"]["name"] or "-",
                "words": paper.without_numbers(one["words"]),
            }
            for one in said
            if one["audience"] == "handlers"
        ],
    }


def sheets(session: Session, actor: Actor, **filters: Any) -> dict[str, Any]:
    """A page of the cases that a listing with these filters gives, as lines to be ticked off."""
    found = orjson.loads(listing(actor, **filters))
    cases = found["items"]
    rules = print_sheets.rules_of(session, [UUID(case["id"]) for case in cases])
    lines = [_line(session, case, rules[UUID(case["id"])]) for case in cases]
    zone = next((one["timezone"] for one in rules.values()), "UTC")
    printed_at = paper.on_the_clock(clock.now().isoformat(), zone)
    return {"lines": lines, "printed_at": printed_at, "zone": zone, "has_more": found["next"] is not None}


def taken_along(session: Session, actor: Actor, incident_ids: Sequence[UUID]) -> None:
    """Paper names places and has what was said: that somebody took it is on the record of each case, as are the pages of
    a list."""
    if incident_ids:
        accounts.record_each(
            session,
            actor,
            action="incident.print",
            entity="incident",
            details=[(incident_id, {"cases": len(incident_ids)}) for incident_id in incident_ids],
        )


def _line(session: Session, case: dict[str, Any], rules: dict[str, Any]) -> dict[str, Any]:
    """What every sheet says of a case."""
    category = category_of(profiles.profile_by_id(session, rules["profile_version_id"]), case["category"])
    zone = rules["timezone"]
    lon, lat = case["location"]["coordinates"]
    assignment = case["assignment"] or {}
    holder = assignment.get("worker") or assignment.get("unit")
    return {
        "id": UUID(case["id"]),
        "case_no": case["case_no"],
        "status": paper.state(case["status"]),
        "priority": case["priority"],
        "category": f"{case['category']} {category.name.zh} {category.name.en}",
        "description": paper.without_numbers(case["description"]),
        "lon": f"{lon:.6f}",
        "lat": f"{lat:.6f}",
        "grid": _named(case["grid"]),
        "area": _named(case["area"]),
        "owner": _named(case["owner_unit"]),
        "holder": _named(holder),
        "component": case["component"],
        "reported_at": paper.on_the_clock(case["reported_at"], zone),
        "due_at": paper.on_the_clock(case["due_at"], zone),
        "is_overdue": case["is_overdue"],
    }


def _named(something: dict[str, Any] | None) -> str:
    """Code and names of an area, unit or worker."""
    if something is None:
        return "-"
    name = something["name"]
    words = f"{name['zh']} {name['en']}" if isinstance(name, dict) else str(name)
    return f"{something['code']} {words}" if "code" in something else words
