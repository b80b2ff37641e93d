"""Figures over a period: each number with its members, each rate with the subgroups that stand worst, and the tail."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.areas import service as areas
from app.areas.rules.evaluation import Denominator, Evaluation
from app.areas.rules.profile_shape import LEVELS
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.errors import DomainError, NotFound, invalid_field
from app.incidents import service as incidents
from app.incidents.rules.measures import MEASURES, RATES
from app.incidents.service import Counted, Moment
from app.supervision.queries import board as queries
from app.supervision.rules import figures as figure_rules
from app.supervision.rules import rates
from app.supervision.service.places import directed_area, ref

MEMBERS = "/api/v1/figures/members"
GROUPS_MOST = 200
DAYS_MOST = 1100
TAIL = 5
PERIODS = ("month", "week", "day")

Filters = dict[str, Any]


def figures(session: Session, actor: Actor, *, group_by: str | None = None, **asked: Any) -> dict[str, Any]:
    """Measures and rates of the cases that the actor directs, over all and by `group_by`. One snapshot for all of it."""
    told = figures_by(session, actor, groupings=[group_by] if group_by else [], **asked)
    worst = {
        name: [part for part in parts if part["by"] != group_by] for name, parts in told["worst"].items()
    }
    return told | {"groups": told["groups"][group_by] if group_by else [], "worst": worst}


def figures_by(session: Session, actor: Actor, *, groupings: Sequence[str], **asked: Any) -> dict[str, Any]:
    """The same by several groupings at once: `groups` is by grouping, and `worst` looks at each of them too."""
    here, counted, moment, evaluation = _asked(session, actor, asked)
    below = level_below(session, actor, here)
    dimensions = [*groupings] if below is None else [*groupings, f"area:{below}"]
    dimensions = list(dict.fromkeys((*dimensions, "class", "unit", "category")))
    measured_by = rates.denominators(evaluation)
    found, snapshot = incidents.count_cases(
        session, actor, counted=counted, moment=moment, dimensions=dimensions, sums=measured_by
    )
    token = asked.get("snapshot") or rates.moment_token(moment.at, moment.snapshot or snapshot)
    if moment.is_past:
        kept: Filters = {"as_of": moment.at.isoformat().replace("+00:00", "Z")}
    else:
        kept = {"snapshot": token}
    asked_of = {name: value for name, value in asked.items() if value is not None}
    teller = _Teller(session, {**asked_of, **kept}, measured_by)
    by = {
        name: {value: counts for (dimension, value), counts in found.items() if dimension == name}
        for name in dimensions
    }
    if any(len(by[name]) > GROUPS_MOST for name in groupings):
        raise invalid_field("group_by", "too_many_groups", most=GROUPS_MOST)
    whole = found[None, None]
    return {
        "at": moment.at,
        "snapshot": None if moment.is_past else token,
        "period": {"from": asked["from_"], "to": asked["to"], "timezone": counted.zone},
        "area": ref(here) if here else None,
        **teller.told(whole, {}),
        "groups": {name: teller.groups(name, by[name]) for name in groupings},
        "worst": {
            name: [
                teller.worst(name, dimension, whole, by[dimension], evaluation)
                for dimension in dimensions
                if dimension not in PERIODS
            ]
            for name in RATES
        },
        "tail": incidents.longest_overdue(session, actor, counted=counted, moment=moment, most=TAIL),
        "definitions": _definitions(measured_by, evaluation),
    }


def members_of_figure(
    session: Session,
    actor: Actor,
    *,
    measure: str,
    less: list[str] | None = None,
    limit: int,
    cursor: str | None = None,
    **asked: Any,
) -> bytes:
    """Exactly the cases that a figure counted: those that count as `measure`, and not as any of `less`."""
    if any(MEASURES[name].base != MEASURES[measure].base for name in less or ()):
        raise invalid_field("less", "not_allowed_here")
    _, counted, moment, _ = _asked(session, actor, asked)
    cases = Denominator(measure, tuple(less or ()))
    return incidents.counted_cases(
        session, actor, counted=counted, moment=moment, cases=cases, limit=limit, cursor=cursor
    )


def _asked(
    session: Session, actor: Actor, asked: Mapping[str, Any]
) -> tuple[RowMapping | None, Counted, Moment, Evaluation]:
    """The area, which cases, the moment, and how the jurisdiction evaluated then."""
    area = asked.get("area")
    here = None if area is None else directed_area(session, actor, area, now=clock.now())
    moment = _moment(asked.get("as_of"), asked.get("snapshot"))
    incidents.require_recorded(session, moment)
    default = areas.jurisdiction_named(session, None)
    jurisdiction_id = _jurisdiction(session, actor, here, asked.get("jurisdiction"), default)
    try:
        profile = areas.profile_at(session, jurisdiction_id, moment.at).profile
    except NotFound:
        raise invalid_field("as_of", "before_records") from None  # it had no rules then
    zone = profile.calendar.zone
    since, until = _period(asked["from_"], asked["to"], zone)
    counted = Counted(
        jurisdiction_id=jurisdiction_id,
        has_strays=jurisdiction_id == default,
        zone=profile.timezone,
        since=since,
        until=until,
        area=area,
        part=asked.get("part"),
        lacks_level=asked.get("lacks_level"),
        category=asked.get("category"),
        kind=asked.get("class_"),
        unit=asked.get("unit"),
        unowned=asked.get("unowned"),
    )
    return here, counted, moment, profile.evaluation


def _jurisdiction(
    session: Session, actor: Actor, here: RowMapping | None, code: str | None, default: UUID
) -> UUID:
    """The area's, the one that is named, or the only one where the actor directs; everywhere: the default one."""
    if here is not None:
        return UUID(str(here["jurisdiction_id"]))
    if code is not None:
        return areas.jurisdiction_named(session, code)
    if actor.everywhere_with(Permission.INCIDENT_DIRECT):
        return default
    found = {row["jurisdiction_id"] for row in queries.roots(session, actor, now=clock.now())}
    if len(found) > 1:
        raise invalid_field("jurisdiction", "required")
    return UUID(str(found.pop())) if found else default


def _moment(as_of: datetime | None, token: str | None) -> Moment:
    now = clock.now()
    if as_of is not None and token is not None:
        raise invalid_field("as_of", "one_of_two")
    if token is not None:
        try:
            at, snapshot = rates.moment_of(token)
        except (ValueError, DomainError):
            raise invalid_field("snapshot", "invalid") from None
        return Moment(at, snapshot=snapshot)
    if as_of is not None:
        if as_of > now:
            raise invalid_field("as_of", "out_of_range")
        return Moment(as_of, is_past=True)
    return Moment(now)


def _period(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the beginning of the first day to the end of the last one, where the jurisdiction is."""
    if last < first or last - first >= timedelta(days=DAYS_MOST):
        raise invalid_field("to", "out_of_range")
    return (
        datetime.combine(first, time(), tzinfo=zone),
        datetime.combine(last + timedelta(days=1), time(), tzinfo=zone),
    )


def level_below(session: Session, actor: Actor, here: RowMapping | None) -> str | None:
    """The level of the parts of the area; without one, of the parts of the actor's only area, or of all her areas."""
    tops = [here] if here is not None else list(queries.roots(session, actor, now=clock.now()))
    if not tops:
        return None
    place = min(LEVELS.index(top["level"]) for top in tops) + (len(tops) == 1)
    return LEVELS[place] if place < len(LEVELS) else None


def _definitions(measured_by: Mapping[str, Denominator], evaluation: Evaluation) -> dict[str, Any]:
    return {
        "measures": [
            {
                "name": m.name,
                "title": {"zh": m.zh, "en": m.en},
                "base": m.base,
                "means": m.means,
                "source": m.source,
            }
            for m in MEASURES.values()
        ],
        "rates": [
            {
                "name": r.name,
                "title": {"zh": r.zh, "en": r.en},
                "numerator": r.numerator,
                "denominator": measured_by[r.name].of,
                "less": list(measured_by[r.name].less),
                "source": r.source,
            }
            for r in RATES.values()
        ],
        "worst_least": evaluation.worst_least,
    }


class _Teller:
    """Tells counts with their members. `filters`: those of the whole answer, its moment among them."""

    def __init__(self, session: Session, filters: Filters, measured_by: Mapping[str, Denominator]) -> None:
        self.session = session
        self.filters = filters
        self.measured_by = measured_by

    def told(self, counts: Mapping[str, int], more: Filters) -> dict[str, Any]:
        return {
            "measures": {name: self._figure(counts[name], Denominator(name), more) for name in MEASURES},
            "rates": {name: self._rate(name, counts, more) for name in RATES},
        }

    def groups(self, dimension: str, groups: Mapping[str | None, Mapping[str, int]]) -> list[dict[str, Any]]:
        keys = self._keys(dimension, groups)
        return [
            {"group": keys[value], **self.told(counts, self._filters(dimension, value))}
            for value, counts in groups.items()
        ]

    def worst(
        self,
        name: str,
        dimension: str,
        whole: Mapping[str, int],
        groups: Mapping[str | None, Mapping[str, int]],
        evaluation: Evaluation,
    ) -> dict[str, Any]:
        found = rates.worst(RATES[name], whole, groups, evaluation)
        keys = self._keys(dimension, {value: groups[value] for value in found.groups})
        return {
            "by": dimension,
            "groups": [
                {"group": keys[value], **self._rate(name, groups[value], self._filters(dimension, value))}
                for value in found.groups
            ],
            "too_small": {"groups": found.small_groups, "cases": found.small_cases},
        }

    def _rate(self, name: str, counts: Mapping[str, int], more: Filters) -> dict[str, Any]:
        rate = RATES[name]
        value = rates.value_of(rate, counts)
        return {
            "value": None if value is None else round(value, 6),
            "numerator": self._figure(counts[rate.numerator], Denominator(rate.numerator), more),
            "denominator": self._figure(counts[name], self.measured_by[name], more),
        }

    def _figure(self, count: int, cases: Denominator, more: Filters) -> dict[str, Any]:
        filters = self.filters | more | {"measure": cases.of}
        if cases.less:
            filters["less"] = ",".join(cases.less)
        return figure_rules.counted(
            count, MEMBERS, {name.rstrip("_"): value for name, value in filters.items()}
        )

    def _filters(self, dimension: str, value: str | None) -> Filters:
        """What narrows the listing to a group."""
        if dimension.startswith("area:"):
            level = dimension.removeprefix("area:")
            return {"part": value} if value is not None else {"lacks_level": level}
        if dimension == "unit":
            return {"unit": value} if value is not None else {"unowned": True}
        if dimension in PERIODS:
            first, last = self._days(dimension, str(value))
            return {"from_": first, "to": last}
        return {"class_" if dimension == "class" else dimension: value}

    def _days(self, dimension: str, value: str) -> tuple[date, date]:
        """The days of a month or week that lie in the period."""
        first = date.fromisoformat(value)
        following = {
            "day": first + timedelta(days=1),
            "week": first + timedelta(days=7),
            "month": (first.replace(day=1) + timedelta(days=32)).replace(day=1),
        }[dimension]
        last = following - timedelta(days=1)
        return max(first, self.filters["from_"]), min(last, self.filters["to"])

    def _keys(
        self, dimension: str, groups: Mapping[str | None, Mapping[str, int]]
    ) -> dict[str | None, dict[str, Any]]:
        """How each group is called: `value`, and code and name where it has them."""
        values = [value for value in groups if value is not None]
        named: dict[str, RowMapping] = {}
        if dimension.startswith("area:"):
            named = {str(row["id"]): row for row in queries.areas_named(self.session, values)}
        elif dimension == "unit":
            named = {str(row["id"]): row for row in queries.units(self.session, values)}
        return {
            value: {
                "by": dimension,
                "value": value,
                "code": named[value]["code"] if value in named else None,
                "name": named[value]["name"] if value in named else None,
            }
            for value in groups
        }
