"""The change of the rules in the demo's past: shorter limits for what residents rated badly, with its evidence."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import db
from app.demo import queries
from app.demo.divisions import JURISDICTION
from app.demo.followers import RULES_DAY
from app.demo.people import City
from app.demo.roster import ZONE, Roster
from app.demo.rules import SHORTER_LIMITS, changed_rules, demo_rules
from app.evidence import service as evidence
from app.profiles import service as profiles

_PUBLISHED_AT = time(15, 40)
_RATINGS = 3
_NOTES = {"rating": "居民评价：没有解决", "case": "结案后居民仍不满意"}
_SUMMARY = {
    "zh": "不少居民反映暴露垃圾和乱堆物料处理得慢、处理后又反弹。现将处置时限缩短到半天以内，由街道逐件回访。",
    "en": (
        "Residents said that rubbish and piled goods were cleared late, and came back. They are now to be cleared within "
        "half a day, and supervisors ask the reporters of each case."
    ),
}


def rule_change(city: City, roster: Roster) -> Iterator[tuple[datetime, Callable[[], None]]]:
    """Yield the event in which an administrator of the district publishes the changed rules, if its day is simulated."""
    day = roster.origin + timedelta(days=RULES_DAY - 1)
    if roster.first <= day:
        yield datetime.combine(day, _PUBLISHED_AT, ZONE), lambda: _publish(city, day)


def _publish(city: City, day: date) -> None:
    actor = replace(city.actor(city.named("demo-admin")), jurisdiction_ids=(city.jurisdiction_id,))
    rules = changed_rules(demo_rules(profiles.packaged_profile("xihu")))
    in_force_from = datetime.combine(day + timedelta(days=1), time(), ZONE)
    with db.transaction(actor) as session:
        _, number = profiles.publish_profile(
            session,
            actor,
            code=JURISDICTION,
            data=rules,
            in_force_from=in_force_from,
            reason="根据居民评价缩短处置时限",
        )
        statement = profiles.Statement(
            items=_items(session, city.jurisdiction_id),
            measure="solution_rate",
            summary=_SUMMARY,
            publish_summary=True,
        )
        evidence.state_evidence(session, actor, code=JURISDICTION, number=number, statement=statement)


def _items(session: Session, jurisdiction_id: UUID) -> list[dict[str, Any]]:
    """Return the newest ratings "not solved" of the categories whose limits change, with their cases."""
    rows = queries.unsolved_ratings(session, jurisdiction_id, list(SHORTER_LIMITS), limit=_RATINGS)
    ids = {"rating": [row[0] for row in rows], "case": list(dict.fromkeys(row[1] for row in rows))}
    return [{"kind": kind, "id": id, "note": _NOTES[kind]} for kind, of_kind in ids.items() for id in of_kind]
