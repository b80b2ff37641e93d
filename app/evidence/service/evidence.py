"""Evidence of a version of a profile: state it, read it, and compare the figure before and after."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid, invalid_field
from app.core.links import link
from app.evidence.queries import subjects as queries
from app.notices import service as notices
from app.profiles import service as profiles
from app.signals import service as signals
from app.statistics import service as statistics

_CASES = "/api/v1/incidents"
_SIGNALS = "/api/v1/supervision/signals"
_JURISDICTIONS = "/api/v1/jurisdictions"

Item = dict[str, Any]


def state_evidence(
    session: Session,
    actor: Actor,
    *,
    code: str,
    number: int,
    statement: profiles.Statement,
) -> dict[str, Any]:
    """Replace the evidence and the statement of a version, and return them.

    Raises:
        Forbidden: The actor neither published the version nor may edit the whole profile.
        Invalid: An item does not exist or the actor does not see it (`reference_unknown`), it is listed twice (`repeated`),
            there is no such category, or a summary is to be published that is missing.
        NotFound: There is no such version.
    """
    version = profiles.version_facts(session, actor, code=code, number=number)
    if statement.publish_summary and statement.summary is None:
        raise invalid_field("summary", "required")
    categories = profiles.profile_by_id(session, version["id"]).profile.taxonomy.categories
    if statement.category is not None and statement.category not in categories:
        raise invalid_field("category", "reference_unknown")
    _require_visible(session, actor, version["jurisdiction_id"], statement.items)
    profiles.state_evidence(session, actor, version, statement)
    return _told(session, actor, version)


def read_evidence(session: Session, actor: Actor, *, code: str, number: int) -> dict[str, Any]:
    """Return the statement of a version, with the evidence that the actor sees.

    Raises:
        NotFound: There is no such version.
    """
    return _told(session, actor, profiles.version_facts(session, actor, code=code, number=number))


def effect(
    session: Session,
    actor: Actor,
    *,
    code: str,
    number: int,
    weeks: int,
    measure: str | None = None,
    category: str | None = None,
) -> dict[str, Any]:
    """Return the figure of the weeks before and after a version came into force.

    Args:
        measure: Name of a measure or rate. None: the one that the author of the version named, with its category.

    Raises:
        Invalid: No figure is named, neither here nor by the author (`required`).
        NotFound: There is no such version.
    """
    version = profiles.version_facts(session, actor, code=code, number=number)
    if measure is None:
        statement = profiles.statement_of(session, version["id"])
        if statement is None or statement["measure"] is None:
            raise invalid_field("measure", "required")
        measure, category = statement["measure"], category or statement["category"]
    change = statistics.RuleChange(
        version["jurisdiction_id"], version["code"], number, version["in_force_from"]
    )
    shown = statistics.effect(session, actor, change, name=measure, weeks=weeks, category=category)
    return shown | {
        "number": number,
        "in_force_from": version["in_force_from"],
        "in_force_until": version["in_force_until"],
    }


def _require_visible(session: Session, actor: Actor, jurisdiction_id: UUID, items: Sequence[Item]) -> None:
    """Raise Invalid with a fault for each item that the actor does not see there, or that is listed before."""
    visible = _visible(session, actor, jurisdiction_id, [(item["kind"], item["id"]) for item in items])
    faults, before = [], set()
    for place, item in enumerate(items):
        key = (item["kind"], item["id"])
        if key in before:
            faults.append({"field": f"items.{place}.id", "code": "repeated"})
        elif key not in visible:
            faults.append({"field": f"items.{place}.id", "code": "reference_unknown"})
        before.add(key)
    if faults:
        raise Invalid("validation_failed", extra={"errors": faults})


def path_of(version: RowMapping) -> str:
    """Return the path of a version of the rules, from a row with the `code` of the jurisdiction and the `number`."""
    return f"{_JURISDICTIONS}/{version['code']}/profile/versions/{version['number']}"


def _visible(
    session: Session, actor: Actor, jurisdiction_id: UUID, keys: Sequence[tuple[str, UUID]]
) -> Mapping[tuple[str, UUID], dict[str, Any]]:
    """Return for each subject of the jurisdiction that the actor sees how it is shown: `href`, and facts by its kind."""
    now = clock.now()
    by_kind: dict[str, list[UUID]] = {}
    for kind, subject_id in keys:
        by_kind.setdefault(kind, []).append(subject_id)
    rows: dict[tuple[str, UUID], RowMapping] = {}
    if "case" in by_kind:
        cases = queries.visible_cases(session, actor, by_kind["case"], now=now)
        rows |= {("case", id): row for id, row in cases.items()}
    if "rating" in by_kind:
        ratings = queries.visible_ratings(session, actor, by_kind["rating"], now=now)
        rows |= {("rating", id): row for id, row in ratings.items()}
    if "signal" in by_kind:
        seen = signals.visible_sentences(session, actor, by_kind["signal"])
        rows |= {("signal", id): row for id, row in seen.items()}
    if "notice_reply" in by_kind:
        replies = notices.visible_replies(session, actor, by_kind["notice_reply"])
        rows |= {("notice_reply", id): row for id, row in replies.items()}
    return {key: _facts(key, row) for key, row in rows.items() if row["jurisdiction_id"] == jurisdiction_id}


def _facts(key: tuple[str, UUID], row: RowMapping) -> dict[str, Any]:
    """Return how a subject is shown."""
    kind, id = key
    if kind == "signal":
        sentence = {"zh": row["sentence_zh"], "en": row["sentence_en"]}
        return {"href": link(f"{_SIGNALS}/{id}"), "sentence": sentence}
    if kind == "case":
        return {"href": link(f"{_CASES}/{id}"), "case_no": row["case_no"]}
    names = (
        ("case_no", "notice_id", "notice_titles")
        if kind == "notice_reply"
        else ("case_no", "solved", "score")
    )
    facts = {name: row[name] for name in names}
    return {"href": link(f"{_CASES}/{row['case_id']}"), **facts}


def _told(session: Session, actor: Actor, version: RowMapping) -> dict[str, Any]:
    statement = profiles.statement_of(session, version["id"])
    rows = profiles.evidence_of(session, version["id"])
    keys = [(row["kind"], row["subject_id"]) for row in rows]
    visible = _visible(session, actor, version["jurisdiction_id"], keys)
    items = [
        {"kind": row["kind"], "id": row["subject_id"], "note": row["note"], **visible[key]}
        for row in rows
        if (key := (row["kind"], row["subject_id"])) in visible
    ]
    path = path_of(version)
    return {
        "jurisdiction": version["code"],
        "number": version["number"],
        "in_force_from": version["in_force_from"],
        "in_force_until": version["in_force_until"],
        "measure": statement["measure"] if statement else None,
        "category": statement["category"] if statement else None,
        "summary": statement["summary"] if statement else None,
        "publish_summary": bool(statement and statement["is_published"]),
        "stated_at": statement["stated_at"] if statement else None,
        "items": items,
        "hidden": len(rows) - len(items),
        "can_state": profiles.can_state(session, actor, version),
        "effect": link(f"{path}/effect"),
    }
