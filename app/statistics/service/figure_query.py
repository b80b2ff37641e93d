"""Parse and validate a figures request: cases, period, moment, rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Permission
from app.core.changes import current_epoch
from app.core.errors import DomainError, NotFound, invalid_field
from app.profiles import service as profiles
from app.profiles.rules.evaluation import Evaluation
from app.profiles.rules.validation import LEVELS
from app.statistics.queries.areas import top_directed_areas
from app.statistics.queries.counted_cases import Counted, Moment
from app.statistics.rules import rates
from app.statistics.rules.periods import Days
from app.statistics.service import counts
from app.statistics.service.areas import directed_area

MAX_DAYS = 1100


@dataclass(frozen=True, slots=True)
class FigureQuery:
    """A validated request. `area`: the area, if one is named. `evaluation`: the jurisdiction's at the moment."""

    area: RowMapping | None
    days: Days
    counted: Counted
    moment: Moment
    evaluation: Evaluation


_NO_RULES = {"en": "no profile was in force", "zh": "当时尚无辖区规则"}


def parse_figure_query(session: Session, actor: Actor, args: Mapping[str, Any]) -> FigureQuery:
    """Return the area, cases and moment of a request. Raises Invalid for what makes no sense."""
    area_id = args.get("area_id")
    moment = moment_of(session, args.get("as_of"), args.get("snapshot"))
    area_row = None if area_id is None else area_of(session, actor, area_id, moment)
    counts.require_recorded(session, moment)
    default = profiles.jurisdiction_named(session, None)
    jurisdiction_id = _jurisdiction(session, actor, area_row, args.get("jurisdiction"), default)
    try:
        profile = profiles.profile_at(session, jurisdiction_id, moment.at).profile
    except NotFound:
        raise invalid_field("as_of", "before_records", first=_NO_RULES) from None
    zone = profile.calendar.zone
    since, until = _period(args["from_"], args["to"], zone)
    counted = Counted(
        jurisdiction_id=jurisdiction_id,
        has_strays=jurisdiction_id == default,
        zone=profile.timezone,
        since=since,
        until=until,
        area=area_id,
        part=args.get("part_area_id"),
        lacks_level=args.get("lacks_level"),
        category=args.get("category"),
        kind=args.get("class_"),
        priority=args.get("priority"),
        unit=args.get("owner_unit_id"),
        unowned=args.get("unowned"),
        handling_unit=args.get("handling_unit_id"),
        lacks_handling_unit=args.get("lacks_handling_unit"),
        source=args.get("source"),
        register_minutes=profile.evaluation.register_minutes,
        frequent_least=profile.evaluation.frequent_least,
    )
    return FigureQuery(area_row, Days(args["from_"], args["to"]), counted, moment, profile.evaluation)


def area_of(session: Session, actor: Actor, area: UUID, moment: Moment) -> RowMapping:
    """An area where the actor directs, as it is now; of a past moment one that has been retired since too."""
    return directed_area(session, actor, area, now=clock.now(), then=moment.at if moment.is_then else None)


def zone_of(session: Session, jurisdiction_id: UUID, now: datetime) -> ZoneInfo | None:
    """Return the time zone of a jurisdiction, or None where it has no readable rules now."""
    version = profiles.readable_profile(session, jurisdiction_id, now)
    return None if version is None else version.profile.calendar.zone


def level_below(session: Session, actor: Actor, area: RowMapping | None) -> str | None:
    """Return the level of the parts of the area; without one, of the actor's areas."""
    tops = [area] if area is not None else list(top_directed_areas(session, actor, now=clock.now()))
    if not tops:
        return None
    place = min(LEVELS.index(top["level"]) for top in tops) + (len(tops) == 1)
    return LEVELS[place] if place < len(LEVELS) else None


def _jurisdiction(
    session: Session, actor: Actor, area: RowMapping | None, code: str | None, default: UUID
) -> UUID:
    """The area's, the one that is named, or the only one where the actor directs; everywhere: the default one."""
    if area is not None:
        return UUID(str(area["jurisdiction_id"]))
    if code is not None:
        return profiles.jurisdiction_named(session, code, actor)
    if actor.everywhere_with(Permission.INCIDENT_DIRECT):
        return default
    jurisdiction_ids = {row["jurisdiction_id"] for row in top_directed_areas(session, actor, now=clock.now())}
    if len(jurisdiction_ids) > 1:
        raise invalid_field("jurisdiction", "required")
    return UUID(str(jurisdiction_ids.pop())) if jurisdiction_ids else default


def moment_of(session: Session, as_of: datetime | None, token: str | None) -> Moment:
    """Now, an instant, or that of an earlier answer; one that was given before the database was restored is refused."""
    now = clock.now()
    if as_of is not None and token is not None:
        raise invalid_field("as_of", "one_of_two")
    if token is not None:
        try:
            at, snapshot, epoch = rates.moment_of(token)
        except (ValueError, DomainError):
            raise invalid_field("snapshot", "invalid") from None
        if epoch != current_epoch(session):
            raise invalid_field("snapshot", "before_restore")
        return Moment(at, snapshot=snapshot)
    if as_of is not None:
        if as_of > now:
            raise invalid_field("as_of", "out_of_range")
        return Moment(as_of, is_past=True)
    return Moment(now)


def _period(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the beginning of the first day to the end of the last one, where the jurisdiction is."""
    if last < first or last - first >= timedelta(days=MAX_DAYS):
        raise invalid_field("to", "out_of_range")
    return (
        datetime.combine(first, time(), tzinfo=zone),
        datetime.combine(last + timedelta(days=1), time(), tzinfo=zone),
    )
