"""Figures as an answer tells them: each with its members, beside those of other periods, and the worst subgroups."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.profiles.rules.evaluation import Denominator, Evaluation
from app.statistics.queries import areas as queries
from app.statistics.rules import linked_counts as figure_rules
from app.statistics.rules import periods, rates
from app.statistics.rules.measures import AVERAGES, MEASURES, PARTS, RATES
from app.statistics.rules.periods import COMPARISONS, Days
from app.statistics.rules.rates import Counts
from app.statistics.service.areas import group_keys

MEMBERS = "/api/v1/figures/members"
# Of the period that is asked for; the others are named as in COMPARISONS.
NOW = "now"
# Whose group without a value is what was not done yet, so that it always stands worst and says nothing.
_BY_OUTCOME = ("handling_unit",)
# How the group without a value is asked for.
_OF_NONE = {"unit": "unowned", "handling_unit": "lacks_handling_unit"}

Filters = dict[str, Any]
Told = dict[str, Any]
# The counts of one group by the name of the period.
Beside = Mapping[str, Counts]


@dataclass(frozen=True, slots=True)
class Teller:
    """`filters`: those of the whole answer, its moment among them. `since`: of the day of the first record, None: none.
    `at`: of when its people are. `is_of_few`: the whole is the work of one or two people, and has no score."""

    session: Session
    filters: Filters
    days: Days
    measured_by: Mapping[str, Denominator]
    compare: tuple[str, ...]
    since: date | None
    evaluation: Evaluation
    at: datetime
    is_of_few: bool

    def compared(self) -> dict[str, Told]:
        """The period that each number is compared with, and whether there are records of it."""
        found = {name: COMPARISONS[name](self.days) for name in self.compare}
        return {
            name: {"from": days.first, "to": days.last, "records": self._records(days)}
            for name, days in found.items()
        }

    def told(self, beside: Beside, more: Filters, *, is_of_few: bool = False) -> Told:
        score = None
        if not (is_of_few or self.is_of_few):
            score = rates.score_of(beside[NOW], self.evaluation.weights)
        return {
            "measures": {name: self._figure(name, beside, Denominator(name), more) for name in MEASURES},
            "rates": {name: self._rate(name, beside, more) for name in RATES},
            "averages": {name: self._average(name, beside, more) for name in AVERAGES},
            "score": _rounded(score, 2),
        }

    def groups(self, dimension: str, groups: Mapping[str | None, Beside], most: int) -> list[Told]:
        """The `most` groups with the most cases. Areas and units have their `rank` among all too, if they have enough cases;
        nobody else has: neither grids, which stand in the order of their codes, nor units of one or two people."""
        few = of_few(self.session, dimension, groups, at=self.at)
        ranks = self._ranks(groups, few) if rates.is_ranked(dimension) and not self.is_of_few else {}
        if len(groups) > most:
            largest = sorted(groups, key=lambda v: -sum(groups[v][NOW][name] for name in ("accepted", "due")))
            groups = {value: groups[value] for value in groups if value in set(largest[:most])}
        keys = group_keys(self.session, dimension, groups)
        if rates.is_of_persons(dimension):
            groups = dict(
                sorted(groups.items(), key=lambda one: (one[0] is None, keys[one[0]]["code"] or ""))
            )
        return [
            {
                "group": keys[value],
                **self.told(beside, self._filters(dimension, value), is_of_few=value in few),
                "rank": None if value is None else ranks.get(value),
            }
            for value, beside in groups.items()
        ]

    def _ranks(self, groups: Mapping[str | None, Beside], few: Collection[str | None]) -> dict[str, int]:
        scores = {
            value: score
            for value, beside in groups.items()
            if value is not None
            and value not in few
            and beside[NOW]["due"] >= self.evaluation.worst_least
            and (score := rates.score_of(beside[NOW], self.evaluation.weights)) is not None
        }
        return rates.ranks(scores)

    def worst(
        self,
        name: str,
        dimension: str,
        whole: Beside,
        groups: Mapping[str | None, Beside],
    ) -> Told:
        rate = RATES[name]
        compared = {
            value: rates.portion_of(rate, beside[NOW])
            for value, beside in groups.items()
            if value is not None or dimension not in _BY_OUTCOME
        }
        found = rates.worst(
            rates.portion_of(rate, whole[NOW]), compared, self.evaluation, is_good=rate.is_good
        )
        keys = group_keys(self.session, dimension, found.groups)
        return {
            "by": dimension,
            "groups": [
                {"group": keys[value], **self._rate(name, groups[value], self._filters(dimension, value))}
                for value in found.groups
            ],
            "too_small": {"groups": found.small_groups, "cases": found.small_counted},
        }

    def _rate(self, name: str, beside: Beside, more: Filters) -> Told:
        rate = RATES[name]
        values = {period: rates.value_of(rate, counts) for period, counts in beside.items()}
        rounded = {period: _rounded(value, 6) for period, value in values.items()}
        return {
            "value": rounded[NOW],
            **{period: rounded[period] for period in self.compare},
            "numerator": self._figure(rate.numerator, beside, Denominator(rate.numerator), more),
            "denominator": self._figure(name, beside, self.measured_by[name], more),
        }

    def _average(self, name: str, beside: Beside, more: Filters) -> Told:
        of = AVERAGES[name].of
        values = {
            period: _rounded(counts[name] / counts[of] if counts[of] else None, 1)
            for period, counts in beside.items()
        }
        return {
            "value": values[NOW],
            **{period: values[period] for period in self.compare},
            "of": self._figure(of, beside, Denominator(of), more),
        }

    def _figure(self, name: str, beside: Beside, cases: Denominator, more: Filters) -> Told:
        """A count with its members, and the same of the other periods; null for those before the first record."""
        filters = self.filters | more | {"measure": cases.of}
        if cases.less:
            filters["less"] = ",".join(cases.less)
        days = Days(filters["from_"], filters["to"])
        told = self._counted(beside[NOW][name], filters)
        for period in self.compare:
            then = COMPARISONS[period](days)
            told[period] = None
            if self._records(then) != "none":
                told[period] = self._counted(
                    beside[period][name], filters | {"from_": then.first, "to": then.last}
                )
        return told

    def _counted(self, count: int, filters: Filters) -> Told:
        return figure_rules.counted(
            count, MEMBERS, {name.rstrip("_"): value for name, value in filters.items()}
        )

    def _records(self, days: Days) -> str:
        if self.since is None or days.last < self.since:
            return "none"
        return "part" if days.first < self.since else "whole"

    def _filters(self, dimension: str, value: str | None) -> Filters:
        """What narrows the listing to a group."""
        if dimension.startswith("area:"):
            level = dimension.removeprefix("area:")
            return {"part": value} if value is not None else {"lacks_level": level}
        if dimension in _OF_NONE and value is None:
            return {_OF_NONE[dimension]: True}
        if dimension in PARTS:
            days = periods.part(dimension, date.fromisoformat(str(value)), self.days)
            return {"from_": days.first, "to": days.last}
        return {"class_" if dimension == "class" else dimension: value}


def of_few(
    session: Session, dimension: str, values: Iterable[str | None], *, at: datetime
) -> Collection[str | None]:
    """Which of these groups are the work of one or two people: grids, and units that had so few at that time."""
    known = [value for value in values if value is not None]
    if rates.is_of_persons(dimension):
        return frozenset(known)
    if dimension in rates.UNITS:
        return queries.units_of_few(session, known, at=at, fewer_than=rates.PEOPLE_LEAST)
    return ()


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def definitions(measured_by: Mapping[str, Denominator], evaluation: Evaluation) -> Told:
    """What each measure and rate means, and where that comes from."""
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
        "averages": [
            {"name": a.name, "title": {"zh": a.zh, "en": a.en}, "of": a.of, "means": a.means}
            for a in AVERAGES.values()
        ],
        "weights": dict(evaluation.weights),
        "worst_least": evaluation.worst_least,
    }
