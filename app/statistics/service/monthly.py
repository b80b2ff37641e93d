"""Monthly statistics: visits, patrols, coverage and load of grids, as stored at month end, with their members."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import invalid_field
from app.core.paging import page_body_of, typed_key
from app.incidents import service as incidents
from app.profiles import service as profiles
from app.profiles.rules.evaluation import Evaluation
from app.statistics.queries import monthly as queries
from app.statistics.queries.areas import top_directed_areas
from app.statistics.rules import linked_counts as figure_rules
from app.statistics.rules import rates
from app.statistics.rules.monthly import FACTS, SHARES, STORED_FACTS, Share, portion_of
from app.statistics.service.areas import directed_area, group_keys
from app.statistics.service.figure_query import level_below
from app.statistics.service.figure_serializer import PRESENT
from app.statistics.service.releases import WHOLE_SPANS, SpanNames, months_of, parse_months, spans_of

MEMBERS = "/api/v1/figures/cycles/members"
TAIL = 5
# By what cases have and homes, visits and patrols do not.
_OF_CASES = ("unit", "category")

Serialized = dict[str, Any]
# What each period came to, None: nothing was kept of it.
ValuesByPeriod = dict[str, Serialized | None]
# Sums by span, dimension (None: of everything) and group.
GroupSums = dict[tuple[str, str | None, str | None], dict[str, int]]


def monthly_statistics(
    session: Session, actor: Actor, *, from_: str, to: str, group_by: str | None = None, **args: Any
) -> Serialized:
    """What whole months (`YYYY-MM`) came to where the actor directs, beside the months before and those of a year before.

    What they are compared with is null where nothing was kept of it; `is_kept` says it of the months themselves.
    `partial_months`: months that were counted late, from what was left then; `unfinished_months`: of which not all grids are
    kept. By unit or category, or of one, only what cases have is told: visits, homes and patrols are null. Links list what
    was kept by the instant of the answer. `worst`: of each rate the parts of the area, units and categories that stand worse
    than the whole; `tail`: the grids in which most is left, and the cases that were overdue for the longest at the end.
    """
    now = clock.now()
    days = parse_months(from_, to)
    area = _area_of_query(session, actor, args, now)
    args |= {"as_of": min(args.get("as_of") or now, now)}
    spans, named = spans_of(days, group_by)
    months = months_of(days)
    # A unit that had nothing open has no row, so that what was kept is not told by its rows.
    area_filters = {name: value for name, value in args.items() if name not in ("owner_unit_id", "unowned")}
    all_months = sorted({month for span_months in spans.values() for month in span_months})
    counted_months = queries.kept_months(session, actor, months=all_months, filters=area_filters, now=now)
    is_of_cases = _is_of_cases(args) or group_by in _OF_CASES
    query: Serialized = {
        "measures": [name for name in STORED_FACTS if not is_of_cases or FACTS[name].of == "incident"],
        "visible": incidents.still_visible_cases(actor, now),
        "filters": args,
        "now": now,
    }
    part_level = level_below(session, actor, area)
    compared = [f"area:{part_level}", *_OF_CASES] if part_level else [*_OF_CASES]
    dimensions = list(dict.fromkeys(name for name in (group_by, *compared) if name and name != "month"))
    sums: GroupSums = {}
    for row in queries.tally(
        session, actor, spans=spans, whole=list(WHOLE_SPANS.values()), dimensions=dimensions, **query
    ):
        by = None if row["dimension"] is None else dimensions[row["dimension"]]
        sums.setdefault((row["span"], by, row["value"]), {})[row["measure"]] = int(row["told"])
    filters = {"from_": from_, "to": to} | {name: value for name, value in args.items() if value is not None}
    teller = _MonthlySerializer(session, sums, spans, counted_months, filters, is_of_cases)

    shown: dict[str | None, Serialized] = {}
    if group_by == "month":
        shown = {
            value: teller.to_dict(None, None, month_spans)
            for value, month_spans in named.items()
            if date.fromisoformat(value) in counted_months
        }
    elif group_by:
        if len(teller.groups(group_by)) > figure_rules.GROUPS_MOST:
            raise invalid_field("group_by", "too_many_groups", most=figure_rules.GROUPS_MOST)
        shown = {value: teller.to_dict(group_by, value, WHOLE_SPANS) for value in teller.groups(group_by)}
    keys = group_keys(session, group_by, shown)
    unfinished = queries.unfinished_months(session, actor, months=months, filters=args, now=now)
    evaluation = _evaluation(session, actor, area, now)
    return {
        "period": {
            "from": days.first,
            "to": days.last,
            "is_kept": any(month in counted_months for month in months),
            "partial_months": [
                f"{m:%Y-%m}" for m in months if not (is_of_cases or counted_months.get(m, True))
            ],
            "unfinished_months": [f"{month:%Y-%m}" for month in unfinished],
        },
        **teller.to_dict(None, None, WHOLE_SPANS),
        "groups": [{"group": keys[value], **figures} for value, figures in shown.items()],
        "worst": {
            share.name: [
                teller.worst(share, by, evaluation)
                for by in compared
                if by != group_by
                and teller.is_told(share.of)
                and (share.of == "incident" or by not in _OF_CASES)
            ]
            for share in SHARES.values()
        },
        "tail": _tail(session, actor, teller, months, query),
        "definitions": [
            {"name": f.name, "title": {"zh": f.zh, "en": f.en}, "members_are": f.of, "means": f.means}
            for f in FACTS.values()
        ],
    }


def members_of_month(
    session: Session,
    actor: Actor,
    *,
    measure: str,
    from_: str,
    to: str,
    limit: int,
    less: str | None = None,
    cursor: str | None = None,
    **args: Any,
) -> bytes:
    """Return a page of exactly what a figure of monthly statistics counted, by grid and month."""
    now = clock.now()
    days = parse_months(from_, to)
    _area_of_query(session, actor, args, now)
    if _is_of_cases(args) and FACTS[measure].of != "incident":
        raise invalid_field("measure", "not_allowed_here")
    if less is not None and FACTS[less].of != FACTS[measure].of:
        raise invalid_field("less", "not_allowed_here")
    after = None
    if cursor is not None:
        seq, place = typed_key(cursor, int, int)
        after = int(seq), int(place)
    row = queries.members(
        session,
        actor,
        measure=measure,
        less=less,
        first=days.first,
        last=days.last.replace(day=1),
        visible=incidents.still_visible_cases(actor, now),
        filters=args,
        after=after,
        now=now,
        limit=limit,
    )
    return page_body_of(row, limit)


def _area_of_query(
    session: Session, actor: Actor, args: Mapping[str, Any], now: datetime
) -> RowMapping | None:
    """Return the area asked for, or None. Raises NotFound or Forbidden; with `as_of`, former areas count."""
    if args.get("area_id") is None:
        return None
    return directed_area(session, actor, args["area_id"], now=now, then=args.get("as_of"))


def _is_of_cases(args: Mapping[str, Any]) -> bool:
    return any(args.get(name) is not None for name in ("owner_unit_id", "unowned", "category"))


def _evaluation(session: Session, actor: Actor, area: RowMapping | None, now: datetime) -> Evaluation:
    """Return the evaluation rules of the only jurisdiction in question, else the defaults."""
    tops = [area] if area is not None else top_directed_areas(session, actor, now=now)
    jurisdiction_ids = {top["jurisdiction_id"] for top in tops}
    if len(jurisdiction_ids) != 1:
        return Evaluation()
    return profiles.profile_at(session, jurisdiction_ids.pop(), now).profile.evaluation


def _tail(
    session: Session,
    actor: Actor,
    teller: "_MonthlySerializer",
    months: Sequence[date],
    query: Mapping[str, Any],
) -> Serialized:
    """Return the worst grids, those with most open cases, and the cases longest overdue at the end of the last month."""
    told_shares = [share for share in SHARES.values() if teller.is_told(share.of)]
    most_open = {"name": "most_open", "whole": "open_cases", "part": "open_cases", "is_part_bad": True}
    shares = [
        {"name": s.name, "whole": s.whole, "part": s.part, "is_part_bad": s.is_part_bad} for s in told_shares
    ]
    rows = queries.worst_grids(session, actor, months=months, shares=[*shares, most_open], most=TAIL, **query)
    keys = group_keys(session, "area:grid", {str(row["grid_id"]) for row in rows})

    def grids(name: str) -> list[tuple[RowMapping, Serialized]]:
        return [(row, keys[str(row["grid_id"])]) for row in rows if row["name"] == name]

    closed_months = [month for month in months if month in teller.counted_months]
    cases = b"[]"
    if closed_months:
        of_cases = {name: value for name, value in query.items() if name != "measures"}
        cases = queries.longest_late(session, actor, month=closed_months[-1], most=TAIL, **of_cases)
    return {
        "grids": {
            share.name: [
                {"group": key}
                | teller.rate(
                    share,
                    {share.whole: int(row["whole"]), share.part: int(row["part"])},
                    part_area_id=key["value"],
                )
                for row, key in grids(share.name)
            ]
            for share in SHARES.values()
        },
        "most_open": [
            {"group": key} | teller.figure(int(row["whole"]), measure="open_cases", part_area_id=key["value"])
            for row, key in grids("most_open")
        ],
        "cases": orjson.loads(cases),
    }


@dataclass(frozen=True, slots=True)
class _MonthlySerializer:
    """Serialises sums. `filters`: of the whole response."""

    session: Session
    sums: GroupSums
    spans: Mapping[str, Sequence[date]]
    counted_months: Mapping[date, bool]
    filters: Mapping[str, Any]
    is_of_cases: bool

    def is_told(self, of: str) -> bool:
        return of == "incident" or not self.is_of_cases

    def groups(self, by: str) -> list[str | None]:
        values = {value for _, dimension, value in self.sums if dimension == by}
        return sorted(values, key=lambda value: (value is None, value or ""))

    def to_dict(self, by: str | None, value: str | None, spans: SpanNames) -> Serialized:
        """Return measures and rates of a group in the given spans, with those of the compared periods."""
        by_period: ValuesByPeriod = {}
        for name, span in spans.items():
            is_kept = name == PRESENT or any(month in self.counted_months for month in self.spans[span])
            dates = {"from_": f"{self.spans[span][0]:%Y-%m}", "to": f"{self.spans[span][-1]:%Y-%m}"}
            filters = dates | ({} if by is None else _group_filter(by, value))
            by_period[name] = (
                self._counts_to_dict(self._counts(span, by, value), filters) if is_kept else None
            )
        return _with_other_periods(by_period)

    def worst(self, share: Share, by: str, evaluation: Evaluation) -> Serialized:
        """The groups of a grouping that stand worse than the whole in the period."""
        portions = {value: portion_of(share, self._counts(PRESENT, by, value)) for value in self.groups(by)}
        whole = portion_of(share, self._counts(PRESENT, None, None))
        worst_groups = rates.worst(whole, portions, evaluation, is_good=share.is_good)
        keys = group_keys(self.session, by, worst_groups.groups)
        return {
            "by": by,
            "groups": [
                {"group": keys[value], **self.to_dict(by, value, WHOLE_SPANS)["rates"][share.name]}
                for value in worst_groups.groups
            ],
            "too_small": {"groups": worst_groups.small_groups, "counted": worst_groups.small_counted},
        }

    def figure(self, count: int, **filters: Any) -> Serialized:
        parameters = {key.rstrip("_"): value for key, value in {**self.filters, **filters}.items()}
        if isinstance(parameters.get("as_of"), datetime):
            parameters["as_of"] = parameters["as_of"].isoformat().replace("+00:00", "Z")
        return figure_rules.linked_count(count, MEMBERS, parameters)

    def rate(self, share: Share, counts: Mapping[str, int], **filters: Any) -> Serialized:
        if not self.is_told(share.of):
            return {"value": None, "numerator": None, "denominator": None}
        portion = portion_of(share, counts)
        numerator_filters = (
            {"measure": share.whole, "less": share.part} if share.is_rest else {"measure": share.part}
        )
        return {
            "value": None if portion.value is None else round(portion.value, 6),
            "numerator": self.figure(portion.part, **numerator_filters, **filters),
            "denominator": self.figure(portion.whole, measure=share.whole, **filters),
        }

    def _counts(self, span: str, by: str | None, value: str | None) -> dict[str, int]:
        return dict.fromkeys(FACTS, 0) | self.sums.get((span, by, value), {})

    def _counts_to_dict(self, counts: Mapping[str, int], filters: Mapping[str, Any]) -> Serialized:
        return {
            "measures": {
                name: self.figure(counts[name], measure=name, **filters) if self.is_told(fact.of) else None
                for name, fact in FACTS.items()
            },
            "rates": {name: self.rate(share, counts, **filters) for name, share in SHARES.items()},
        }


def _with_other_periods(by_period: ValuesByPeriod) -> Serialized:
    """Return each figure with those of the compared periods; null where nothing is stored of them."""
    now = by_period[PRESENT]
    assert now is not None
    return {
        kind: {
            key: figure
            and figure
            | {name: other and other[kind][key] for name, other in by_period.items() if name != PRESENT}
            for key, figure in now[kind].items()
        }
        for kind in ("measures", "rates")
    }


def _group_filter(by: str, value: str | None) -> Serialized:
    if by in _OF_CASES:
        return {"unowned": True} if value is None else {rates.UNIT_FILTERS.get(by, by): value}
    return {"lacks_level": by.removeprefix("area:")} if value is None else {"part_area_id": value}


def months_kept_since(session: Session, since: datetime) -> Sequence[date]:
    """Return the months whose open cases by grid were kept for good at this instant or later."""
    return queries.months_kept_since(session, since)
