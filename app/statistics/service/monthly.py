"""What months came to in grids: visits, patrols, coverage and load, as it was kept when they were over, with its members."""

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
from app.core.paging import page_of, typed_key
from app.incidents import service as incidents
from app.profiles import service as profiles
from app.profiles.rules.evaluation import Evaluation
from app.statistics.queries import monthly as queries
from app.statistics.queries.areas import top_directed_areas
from app.statistics.rules import linked_counts as figure_rules
from app.statistics.rules import rates
from app.statistics.rules.monthly import FACTS, KEPT, SHARES, Share, portion_of
from app.statistics.service.areas import directed_area, group_keys
from app.statistics.service.figure_query import level_below
from app.statistics.service.figure_serializer import NOW
from app.statistics.service.releases import WHOLE, Named, asked_months, months_of, spans_of

MEMBERS = "/api/v1/figures/cycles/members"
TAIL = 5
# By what cases have and homes, visits and patrols do not.
_OF_CASES = ("unit", "category")

Told = dict[str, Any]
# What each period came to, None: nothing was kept of it.
Beside = dict[str, Told | None]
# Sums by span, dimension (None: of everything) and group.
Counted = dict[tuple[str, str | None, str | None], dict[str, int]]


def cycles(
    session: Session, actor: Actor, *, from_: str, to: str, group_by: str | None = None, **asked: Any
) -> Told:
    """What whole months (`YYYY-MM`) came to where the actor directs, beside the months before and those of a year before.

    What they are compared with is null where nothing was kept of it; `is_kept` says it of the months themselves.
    `partial_months`: months that were counted late, from what was left then; `unfinished_months`: of which not all grids are
    kept. By unit or category, or of one, only what cases have is told: visits, homes and patrols are null. Links list what
    was kept by the instant of the answer. `worst`: of each rate the parts of the area, units and categories that stand worse
    than the whole; `tail`: the grids in which most is left, and the cases that were overdue for the longest at the end.
    """
    now = clock.now()
    days = asked_months(from_, to)
    here = _here(session, actor, asked, now)
    asked |= {"as_of": min(asked.get("as_of") or now, now)}
    spans, named = spans_of(days, group_by)
    months = months_of(days)
    # A unit that had nothing open has no row, so that what was kept is not told by its rows.
    whose = {name: value for name, value in asked.items() if name not in ("unit", "unowned")}
    every = sorted({month for own in spans.values() for month in own})
    kept = queries.kept_months(session, actor, months=every, asked=whose, now=now)
    is_of_cases = _is_of_cases(asked) or group_by in _OF_CASES
    counting: Told = {
        "measures": [name for name in KEPT if not is_of_cases or FACTS[name].of == "incident"],
        "still": incidents.still_told(actor, now),
        "asked": asked,
        "now": now,
    }
    below = level_below(session, actor, here)
    compared = [f"area:{below}", *_OF_CASES] if below else [*_OF_CASES]
    dimensions = list(dict.fromkeys(name for name in (group_by, *compared) if name and name != "month"))
    sums: Counted = {}
    for row in queries.tally(
        session, actor, spans=spans, whole=list(WHOLE.values()), dimensions=dimensions, **counting
    ):
        by = None if row["dimension"] is None else dimensions[row["dimension"]]
        sums.setdefault((row["span"], by, row["value"]), {})[row["measure"]] = int(row["told"])
    filters = {"from_": from_, "to": to} | {name: value for name, value in asked.items() if value is not None}
    teller = _Teller(session, sums, spans, kept, filters, is_of_cases)

    shown: dict[str | None, Told] = {}
    if group_by == "month":
        shown = {
            value: teller.told(None, None, own)
            for value, own in named.items()
            if date.fromisoformat(value) in kept
        }
    elif group_by:
        if len(teller.groups(group_by)) > figure_rules.GROUPS_MOST:
            raise invalid_field("group_by", "too_many_groups", most=figure_rules.GROUPS_MOST)
        shown = {value: teller.told(group_by, value, WHOLE) for value in teller.groups(group_by)}
    keys = group_keys(session, group_by, shown)
    unfinished = queries.unfinished_months(session, actor, months=months, asked=asked, now=now)
    evaluation = _evaluation(session, actor, here, now)
    return {
        "period": {
            "from": days.first,
            "to": days.last,
            "is_kept": any(month in kept for month in months),
            "partial_months": [f"{m:%Y-%m}" for m in months if not (is_of_cases or kept.get(m, True))],
            "unfinished_months": [f"{month:%Y-%m}" for month in unfinished],
        },
        **teller.told(None, None, WHOLE),
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
        "tail": _tail(session, actor, teller, months, counting),
        "definitions": [
            {"name": f.name, "title": {"zh": f.zh, "en": f.en}, "members_are": f.of, "means": f.means}
            for f in FACTS.values()
        ],
    }


def members_of_cycle(
    session: Session,
    actor: Actor,
    *,
    measure: str,
    from_: str,
    to: str,
    limit: int,
    less: str | None = None,
    cursor: str | None = None,
    **asked: Any,
) -> bytes:
    """Exactly what a figure of months counted: households, cells, days or cases, by grid and month."""
    now = clock.now()
    days = asked_months(from_, to)
    _here(session, actor, asked, now)
    if _is_of_cases(asked) and FACTS[measure].of != "incident":
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
        still=incidents.still_told(actor, now),
        asked=asked,
        after=after,
        now=now,
        limit=limit,
    )
    return page_of(row, limit)


def _here(session: Session, actor: Actor, asked: Mapping[str, Any], now: datetime) -> RowMapping | None:
    """The area, if one is asked for; 404 or 403 if it is none where the actor directs. As of then one that was."""
    if asked.get("area") is None:
        return None
    return directed_area(session, actor, asked["area"], now=now, then=asked.get("as_of"))


def _is_of_cases(asked: Mapping[str, Any]) -> bool:
    return any(asked.get(name) is not None for name in ("unit", "unowned", "category"))


def _evaluation(session: Session, actor: Actor, here: RowMapping | None, now: datetime) -> Evaluation:
    """From how many on groups are compared: as the profile says where all is of one jurisdiction."""
    tops = [here] if here is not None else top_directed_areas(session, actor, now=now)
    found = {top["jurisdiction_id"] for top in tops}
    if len(found) != 1:
        return Evaluation()
    return profiles.profile_at(session, found.pop(), now).profile.evaluation


def _tail(
    session: Session, actor: Actor, teller: "_Teller", months: Sequence[date], counting: Mapping[str, Any]
) -> Told:
    """The grids behind what is worst, and the cases that were late when the last month that is kept ended. Nobody is in it."""
    wanted = [share for share in SHARES.values() if teller.is_told(share.of)]
    most_open = {"name": "most_open", "whole": "open_cases", "part": "open_cases", "is_part_bad": True}
    shares = [
        {"name": s.name, "whole": s.whole, "part": s.part, "is_part_bad": s.is_part_bad} for s in wanted
    ]
    rows = queries.worst_grids(
        session, actor, months=months, shares=[*shares, most_open], most=TAIL, **counting
    )
    keys = group_keys(session, "area:grid", {str(row["grid_id"]) for row in rows})

    def grids(name: str) -> list[tuple[RowMapping, Told]]:
        return [(row, keys[str(row["grid_id"])]) for row in rows if row["name"] == name]

    ended = [month for month in months if month in teller.kept]
    cases = b"[]"
    if ended:
        of_cases = {name: value for name, value in counting.items() if name != "measures"}
        cases = queries.longest_late(session, actor, month=ended[-1], most=TAIL, **of_cases)
    return {
        "grids": {
            share.name: [
                {"group": key}
                | teller.rate(
                    share, {share.whole: int(row["whole"]), share.part: int(row["part"])}, part=key["value"]
                )
                for row, key in grids(share.name)
            ]
            for share in SHARES.values()
        },
        "most_open": [
            {"group": key} | teller.figure(int(row["whole"]), measure="open_cases", part=key["value"])
            for row, key in grids("most_open")
        ],
        "cases": orjson.loads(cases),
    }


@dataclass(frozen=True, slots=True)
class _Teller:
    """Sums as an answer tells them. `filters`: those of the whole answer."""

    session: Session
    sums: Counted
    spans: Mapping[str, Sequence[date]]
    kept: Mapping[date, bool]
    filters: Mapping[str, Any]
    is_of_cases: bool

    def is_told(self, of: str) -> bool:
        return of == "incident" or not self.is_of_cases

    def groups(self, by: str) -> list[str | None]:
        values = {value for _, dimension, value in self.sums if dimension == by}
        return sorted(values, key=lambda value: (value is None, value or ""))

    def told(self, by: str | None, value: str | None, own: Named) -> Told:
        """Measures and rates of a group in the spans of `own`, each beside those of the other periods."""
        beside: Beside = {}
        for name, span in own.items():
            is_kept = name == NOW or any(month in self.kept for month in self.spans[span])
            dates = {"from_": f"{self.spans[span][0]:%Y-%m}", "to": f"{self.spans[span][-1]:%Y-%m}"}
            more = dates | ({} if by is None else _narrowed(by, value))
            beside[name] = self._told(self._counts(span, by, value), more) if is_kept else None
        return _beside(beside)

    def worst(self, share: Share, by: str, evaluation: Evaluation) -> Told:
        """The groups of a grouping that stand worse than the whole in the period."""
        own = {value: portion_of(share, self._counts(NOW, by, value)) for value in self.groups(by)}
        whole = portion_of(share, self._counts(NOW, None, None))
        found = rates.worst(whole, own, evaluation, is_good=share.is_good)
        keys = group_keys(self.session, by, found.groups)
        return {
            "by": by,
            "groups": [
                {"group": keys[value], **self.told(by, value, WHOLE)["rates"][share.name]}
                for value in found.groups
            ],
            "too_small": {"groups": found.small_groups, "counted": found.small_counted},
        }

    def figure(self, count: int, **more: Any) -> Told:
        given = {key.rstrip("_"): value for key, value in {**self.filters, **more}.items()}
        if isinstance(given.get("as_of"), datetime):
            given["as_of"] = given["as_of"].isoformat().replace("+00:00", "Z")
        return figure_rules.counted(count, MEMBERS, given)

    def rate(self, share: Share, counts: Mapping[str, int], **more: Any) -> Told:
        if not self.is_told(share.of):
            return {"value": None, "numerator": None, "denominator": None}
        found = portion_of(share, counts)
        above = {"measure": share.whole, "less": share.part} if share.is_rest else {"measure": share.part}
        return {
            "value": None if found.value is None else round(found.value, 6),
            "numerator": self.figure(found.part, **above, **more),
            "denominator": self.figure(found.whole, measure=share.whole, **more),
        }

    def _counts(self, span: str, by: str | None, value: str | None) -> dict[str, int]:
        return dict.fromkeys(FACTS, 0) | self.sums.get((span, by, value), {})

    def _told(self, counts: Mapping[str, int], more: Mapping[str, Any]) -> Told:
        return {
            "measures": {
                name: self.figure(counts[name], measure=name, **more) if self.is_told(fact.of) else None
                for name, fact in FACTS.items()
            },
            "rates": {name: self.rate(share, counts, **more) for name, share in SHARES.items()},
        }


def _beside(told: Beside) -> Told:
    """Each figure with those of the other periods; null where nothing was kept of them."""
    now = told[NOW]
    assert now is not None
    return {
        kind: {
            key: figure
            and figure | {name: then and then[kind][key] for name, then in told.items() if name != NOW}
            for key, figure in now[kind].items()
        }
        for kind in ("measures", "rates")
    }


def _narrowed(by: str, value: str | None) -> Told:
    if by in _OF_CASES:
        return {"unowned": True} if value is None else {by: value}
    return {"lacks_level": by.removeprefix("area:")} if value is None else {"part": value}


def months_kept_since(session: Session, since: datetime) -> Sequence[date]:
    """Return the months whose open cases by grid were kept for good at this instant or later."""
    return queries.months_kept_since(session, since)
