"""Parsing of requests for figures into a validated `FigureQuery`."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
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
from app.profiles.rules.levels import LEVELS
from app.statistics.rules import rates
from app.statistics.rules.figure_query import FigureQuery, Filters, Moment
from app.statistics.rules.periods import Days, instant_text, whole_months
from app.statistics.service import counts
from app.statistics.service.areas import directed_area, top_directed_areas

MAX_DAYS = 1100
MAX_MONTHS = 36
_NO_RULES = {"en": "no profile was in force", "zh": "当时尚无辖区规则"}
# Parameters of requests by the filter that they set.
_PARAMETERS = {
    "area": "area_id",
    "part": "part_area_id",
    "lacks_level": "lacks_level",
    "category": "category",
    "kind": "class_",
    "priority": "priority",
    "unit": "owner_unit_id",
    "unowned": "unowned",
    "handling_unit": "handling_unit_id",
    "lacks_handling_unit": "lacks_handling_unit",
    "source": "source",
    "weekday": "weekday",
    "hour": "hour",
}


def parse_figure_query(session: Session, actor: Actor, args: Mapping[str, Any]) -> FigureQuery:
    """Validate a request for figures of a period of days, and return it as a `FigureQuery`.

    Raises:
        Invalid: The period, the moment or the jurisdiction is not allowed.
        NotFound: There is no such area.
        Forbidden: The actor does not direct the area.
    """
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
    return FigureQuery(
        actor=actor,
        now=clock.now(),
        days=_days(args["from_"], args["to"]),
        moment=moment,
        filters=filters_of(args),
        jurisdiction_id=jurisdiction_id,
        has_strays=jurisdiction_id == default,
        zone=profile.timezone,
        area=area_row,
        evaluation=profile.evaluation,
    )


def parse_monthly_query(
    session: Session, actor: Actor, *, from_: str, to: str, args: Mapping[str, Any]
) -> FigureQuery:
    """Validate a request for monthly statistics, and return it as a `FigureQuery`.

    If no area is requested, the query is for all areas that the actor directs.

    Args:
        from_, to: Months `YYYY-MM`.

    Raises:
        Invalid: The period is not allowed.
        NotFound: There is no such area. A retired area is found with `as_of`.
        Forbidden: The actor does not direct the area.
    """
    now = clock.now()
    as_of = args.get("as_of")
    days = parse_months(from_, to)
    area_row = None
    if args.get("area_id") is not None:
        area_row = directed_area(session, actor, args["area_id"], now=now, then=as_of)
    return FigureQuery(
        actor=actor,
        now=now,
        days=days,
        moment=Moment(now) if as_of is None else Moment(as_of, is_past=True),
        filters=filters_of(args),
        area=area_row,
    )


def filters_of(args: Mapping[str, Any]) -> Filters:
    """Return the filters that the parameters of a request set."""
    return Filters(**{name: args.get(parameter) for name, parameter in _PARAMETERS.items()})


def only_evaluation(session: Session, query: FigureQuery) -> Evaluation:
    """Return the settings of evaluation, such as weights of rates, for a monthly query.

    They are those of its jurisdiction. If the query concerns several jurisdictions, the default settings are returned.
    """
    tops = [query.area] if query.area else top_directed_areas(session, query.actor, now=query.now)
    jurisdiction_ids = {top["jurisdiction_id"] for top in tops}
    if len(jurisdiction_ids) != 1:
        return Evaluation()
    return profiles.profile_at(session, jurisdiction_ids.pop(), query.now).profile.evaluation


def area_of(session: Session, actor: Actor, area: UUID, moment: Moment) -> RowMapping:
    """Return an area that the actor directs.

    For a past moment, an area that was retired since then is found, too.

    Raises:
        NotFound: There is no such area.
        Forbidden: The actor does not direct the area.
    """
    return directed_area(session, actor, area, now=clock.now(), then=moment.at if moment.is_then else None)


def zone_of(session: Session, jurisdiction_id: UUID, now: datetime) -> ZoneInfo | None:
    """Return the time zone of a jurisdiction, or None if it has no valid profile now."""
    version = profiles.readable_profile(session, jurisdiction_id, now)
    return None if version is None else version.profile.calendar.zone


def level_below(session: Session, actor: Actor, area: Mapping[Any, Any] | None) -> str | None:
    """Return the level of the areas into which figures of an area are divided: the level below.

    Without `area` it is the level below the only top area of the actor. If the actor has several top areas, it is the
    highest of their levels. None: there is no lower level.
    """
    tops = [area] if area is not None else list(top_directed_areas(session, actor, now=clock.now()))
    if not tops:
        return None
    place = min(LEVELS.index(top["level"]) for top in tops) + (len(tops) == 1)
    return LEVELS[place] if place < len(LEVELS) else None


def _jurisdiction(
    session: Session, actor: Actor, area: RowMapping | None, code: str | None, default: UUID
) -> UUID:
    """Return the id of the jurisdiction of a request.

    The rules are tried in this order: the jurisdiction of the area; the jurisdiction with the requested code; the only
    jurisdiction in which the actor directs. An actor who directs everywhere gets the jurisdiction `default`.

    Raises:
        Invalid: The actor directs in several jurisdictions, so that `jurisdiction` is required.
    """
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
    """Return the moment as of which a request counts.

    It is now, the instant `as_of`, or the moment of an earlier answer. `token`: the value of `snapshot` in the earlier
    answer.

    Raises:
        Invalid: Both are given, the instant is in the future, or the token is invalid or from before a restore of the
            database.
    """
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


def moment_parameters(
    session: Session, query: FigureQuery, token: str | None, snapshot: str
) -> dict[str, str]:
    """Return the parameter by which a link counts the same at any later time: `as_of` or `snapshot`.

    Args:
        token: The value of `snapshot` in the request.
        snapshot: The database snapshot that was counted.
    """
    if query.moment.is_past:
        return {"as_of": instant_text(query.moment.at)}
    return {"snapshot": token or rates.moment_token(query.moment.at, snapshot, current_epoch(session))}


def parse_months(from_: str, to: str) -> Days:
    """Return the period of whole months from `from_` to `to` (`YYYY-MM`).

    Raises:
        Invalid: The end is before the start, or the period has more than MAX_MONTHS months.
    """
    days = whole_months(date.fromisoformat(f"{from_}-01"), date.fromisoformat(f"{to}-01"))
    if not 1 <= (days.months or 0) <= MAX_MONTHS:
        raise invalid_field("to", "out_of_range")
    return days


def _days(first: date, last: date) -> Days:
    """Return the period from `first` to `last`.

    Raises:
        Invalid: The end is before the start, or the period has more than MAX_DAYS days.
    """
    if last < first or last - first >= timedelta(days=MAX_DAYS):
        raise invalid_field("to", "out_of_range")
    return Days(first, last)
