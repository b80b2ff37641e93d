"""Texts of printed cases. Reporters, and texts that the actor may not read, are left out."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.incidents.cases.rules.names import TRANSITION_NAMES
from app.incidents.cases.service.views import detail, events, listing
from app.incidents.desk.queries import print_sheets as queries
from app.incidents.desk.rules import sheet_texts
from app.incidents.desk.service.notes import notes
from app.incidents.reporting.service.first_dispatch import category_of
from app.profiles import service as profiles


def sheet(session: Session, actor: Actor, *, incident_id: UUID) -> dict[str, Any]:
    """Return the texts of a printed case: reports, events, deadlines and notes for handlers.

    Reporters, telephone numbers, the subject of a case about a person or unit, and notes of the desk are left out.
    """
    body, _ = detail(actor, incident_id=incident_id)
    case = orjson.loads(body)
    event_items = orjson.loads(events(session, actor, incident_id=incident_id))["items"]
    note_items = orjson.loads(notes(session, actor, incident_id=incident_id))["items"]
    (rules,) = queries.rules_of(session, [incident_id]).values()
    zone = rules["timezone"]
    return _case_texts(session, case, rules) | {
        "zone": zone,
        "printed_at": sheet_texts.on_the_clock(clock.now().isoformat(), zone),
        "closed_at": sheet_texts.on_the_clock(case["closed_at"], zone),
        "is_about_somebody": case["about"] is not None,
        "same_as": case["same_as"],
        "merged": [item["case_no"] for item in case["merged"]],
        "reports": [
            {
                "at": sheet_texts.on_the_clock(item["received_at"], zone),
                "words": sheet_texts.without_numbers(item["words"]),
                "by": sheet_texts.ACTORS["reporter"],
            }
            for item in case["reports"]
        ],
        "steps": [
            {
                "at": sheet_texts.on_the_clock(item["occurred_at"], zone),
                "what": sheet_texts.label(TRANSITION_NAMES, item["action"]),
                "to": sheet_texts.state(item["to_status"]),
                "who": sheet_texts.who(item["actor"]),
                "note": sheet_texts.without_numbers(item["note"]),
            }
            for item in event_items
        ],
        "deadlines": [
            {
                "stage": f"{item['name']['zh']} {item['name']['en']}" if item["name"] else sheet_texts.WHOLE,
                "limit": f"{item['amount']:g} {sheet_texts.label(sheet_texts.UNITS, item['unit'])}",
                "started": sheet_texts.on_the_clock(item["started_at"], zone),
                "due": sheet_texts.on_the_clock(item["due_at"], zone),
                "outcome": sheet_texts.label(
                    sheet_texts.OUTCOMES, item["outcome"] or ("paused" if item["paused_at"] else "running")
                ),
            }
            for item in case["deadlines"]
        ],
        "notes": [
            {
                "at": sheet_texts.on_the_clock(item["occurred_at"], zone),
                "who": item["author"]["name"] or "-",
                "words": sheet_texts.without_numbers(item["words"]),
            }
            for item in note_items
            if item["audience"] == "handlers"
        ],
    }


def sheets(session: Session, actor: Actor, **filters: Any) -> dict[str, Any]:
    """Return the texts of a task sheet: one line for each case on a page of the list of cases."""
    listing_page = orjson.loads(listing(actor, **filters))
    cases = listing_page["items"]
    rules = queries.rules_of(session, [UUID(case["id"]) for case in cases])
    lines = [_case_texts(session, case, rules[UUID(case["id"])]) for case in cases]
    zone = next((case_rules["timezone"] for case_rules in rules.values()), "UTC")
    printed_at = sheet_texts.on_the_clock(clock.now().isoformat(), zone)
    return {
        "lines": lines,
        "printed_at": printed_at,
        "zone": zone,
        "has_more": listing_page["next"] is not None,
    }


def record_printing(session: Session, actor: Actor, incident_ids: Sequence[UUID]) -> None:
    """Write an audit event for each case that the actor has printed.

    Printing is audited because the pages contain locations and reports.
    """
    if incident_ids:
        accounts.record_each(
            session,
            actor,
            action="incident.print",
            entity="incident",
            details=[(incident_id, {"cases": len(incident_ids)}) for incident_id in incident_ids],
        )


def _case_texts(session: Session, case: dict[str, Any], rules: dict[str, Any]) -> dict[str, Any]:
    """Return the texts that a printed case and a line of a task sheet have in common."""
    category = category_of(profiles.profile_by_id(session, rules["profile_version_id"]), case["category"])
    zone = rules["timezone"]
    lon, lat = case["location"]["coordinates"]
    assignment = case["assignment"] or {}
    holder = assignment.get("worker") or assignment.get("unit")
    return {
        "id": UUID(case["id"]),
        "case_no": case["case_no"],
        "status": sheet_texts.state(case["status"]),
        "priority": case["priority"],
        "category": f"{case['category']} {category.name.zh} {category.name.en}",
        "description": sheet_texts.without_numbers(case["description"]),
        "lon": f"{lon:.6f}",
        "lat": f"{lat:.6f}",
        "place": sheet_texts.place(case["place"]),
        "grid": _named(case["grid"]),
        "area": _named(case["area"]),
        "owner": _named(case["owner_unit"]),
        "holder": _named(holder),
        "component": case["component"],
        "reported_at": sheet_texts.on_the_clock(case["reported_at"], zone),
        "due_at": sheet_texts.on_the_clock(case["due_at"], zone),
        "is_overdue": case["is_overdue"],
    }


def _named(entity: dict[str, Any] | None) -> str:
    """Return code and names of an area, unit or worker as text; a dash for None."""
    if entity is None:
        return "-"
    name = entity["name"]
    words = f"{name['zh']} {name['en']}" if isinstance(name, dict) else str(name)
    return f"{entity['code']} {words}" if "code" in entity else words
