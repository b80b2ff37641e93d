"""The figure of some weeks before and after a version of the rules came into force."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.profiles.rules.evaluation import Evaluation
from app.profiles.rules.measures import MEASURES, Rate, Selection
from app.statistics.queries.counted_cases import CountedVisibility
from app.statistics.rules import rates as rate_rules
from app.statistics.rules.effects import Measured, Windows, effect_sentence, figure_title, windows
from app.statistics.rules.figure_query import FigureQuery, Filters, Moment, Span
from app.statistics.rules.periods import Days
from app.statistics.service import counts
from app.statistics.service.figure_query import moment_parameters, parse_figure_query, zone_of
from app.statistics.service.figure_serializer import Counts, FigureSerializer
from app.statistics.service.figures import MEMBERS

_SPANS = ("before", "after")


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A version of the rules of a jurisdiction, whose effect is asked for."""

    jurisdiction_id: UUID
    code: str
    number: int
    in_force_from: datetime


@dataclass(frozen=True, slots=True)
class PublicFigures:
    """The cases that the public may count.

    Attributes:
        actor: Stands for a person without an account.
        visibility: The condition that a counted case is public.
        zone, evaluation: Of the profile in force.
    """

    actor: Actor
    visibility: CountedVisibility
    zone: str
    evaluation: Evaluation


@dataclass(frozen=True, slots=True)
class PublicEffect:
    """The figure before and after a change, over public cases. `after` is None before its weeks begin."""

    title: dict[str, str]
    days: Windows
    before: Measured
    after: Measured | None
    sentence: dict[str, str]


def effect(
    session: Session, actor: Actor, change: RuleChange, *, name: str, weeks: int, category: str | None
) -> dict[str, Any]:
    """Return the figure `name` of the weeks before and after a change, over the cases that the actor directs.

    Args:
        name: Name of a measure or rate.
        category: Only cases of this category. None: all.
    """
    now = clock.now()
    zone = zone_of(session, change.jurisdiction_id, now) or ZoneInfo("UTC")
    days = windows(change.in_force_from, zone, weeks, now)
    args: dict[str, Any] = {
        "from_": days.all_days.first,
        "to": days.all_days.last,
        "jurisdiction": change.code,
        "category": category,
    }
    query = parse_figure_query(session, actor, args)
    sums, definition, selections = _count(session, query, days, name)
    first = counts.first_recorded(session, query)
    since = None if first is None else first.astimezone(zone).date()
    parameters = {"jurisdiction": change.code, "category": category}
    serializer = FigureSerializer(
        {},
        measures=(),
        rates={},
        members_path=MEMBERS,
        filters={key: value for key, value in parameters.items() if value is not None}
        | moment_parameters(session, query, None, sums.snapshot),
    )

    def figure(span: str, of: Days | None) -> dict[str, Any] | None:
        if of is None:
            return None
        counted = Counts(sums.counter((span, None, None)), {"from_": of.first, "to": of.last})
        measured = _measured(counted, selections)
        records = "none" if since is None or since > of.last else "part" if since > of.first else "whole"
        return {
            "from": of.first,
            "to": of.last,
            "records": records,
            "value": measured.value,
            **{
                part: serializer.figure(selection, counted) if selection else None
                for part, selection in selections.items()
            },
        }

    measured = {span: _measured(Counts(sums.counter((span, None, None))), selections) for span in _SPANS}
    title = figure_title(definition)
    return {
        "measure": name,
        "title": title,
        "weeks": weeks,
        "category": category,
        "at": query.moment.at,
        "timezone": query.zone,
        "before": figure("before", days.before),
        "after": figure("after", days.after),
        "after_ends_on": days.planned.last,
        "is_complete": days.is_complete,
        "sentence": effect_sentence(
            title, change.number, days, measured["before"], measured["after"] if days.after else None
        ),
    }


def public_effect(
    session: Session,
    public: PublicFigures,
    change: RuleChange,
    *,
    name: str,
    weeks: int,
    category: str | None,
) -> PublicEffect:
    """Return the figure `name` of the weeks before and after a change, over public cases only."""
    now = clock.now()
    days = windows(change.in_force_from, ZoneInfo(public.zone), weeks, now)
    query = FigureQuery(
        actor=public.actor,
        now=now,
        days=days.all_days,
        moment=Moment(now),
        filters=Filters(category=category),
        jurisdiction_id=change.jurisdiction_id,
        zone=public.zone,
        evaluation=public.evaluation,
    )
    sums, definition, selections = _count(session, query, days, name, public.visibility)
    before, after = (_measured(Counts(sums.counter((span, None, None))), selections) for span in _SPANS)
    shown = after if days.after else None
    title = figure_title(definition)
    return PublicEffect(
        title, days, before, shown, effect_sentence(title, change.number, days, before, shown)
    )


def _count(
    session: Session,
    query: FigureQuery,
    days: Windows,
    name: str,
    visibility: CountedVisibility | None = None,
) -> tuple[counts.CaseSums, Any, Mapping[str, Selection | None]]:
    """Count a figure in both windows. Return the sums, the definition of the figure, and its parts."""
    rate = rate_rules.rates_by(query.evaluation).get(name)
    selections = _selections(rate) if rate else _count_selections(name)
    spans = [Span(span, of) for span, of in zip(_SPANS, (days.before, days.after), strict=True) if of]
    sums = counts.count_cases(
        session,
        query,
        spans=spans,
        # The statement of `tally` needs a grouping; this one is read from the case itself.
        dimensions=("unit",),
        selections=[selection for selection in selections.values() if selection],
        visibility=visibility,
    )
    return sums, rate or MEASURES[name], selections


def _selections(rate: Rate) -> dict[str, Selection | None]:
    unanswered = Selection(rate.unanswered) if rate.unanswered else None
    return {
        "count": None,
        "numerator": rate.numerator,
        "denominator": rate.denominator,
        "unanswered": unanswered,
    }


def _count_selections(name: str) -> dict[str, Selection | None]:
    return {"count": Selection(name), "numerator": None, "denominator": None, "unanswered": None}


def _measured(counted: Counts, selections: Mapping[str, Selection | None]) -> Measured:
    numbers = {part: counted.count(of) if of else None for part, of in selections.items()}
    if selections["count"]:
        return Measured(numbers["count"] or 0)
    return Measured(numbers["numerator"] or 0, numbers["denominator"] or 0, numbers["unanswered"])
