"""Serialise figures: each with its members, the compared periods and the worst subgroups."""

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
PRESENT = "now"
# Whose group without a value is what was not done yet, so that it always stands worst and says nothing.
_BY_OUTCOME = ("handling_unit",)
# How the group without a value is asked for.
# The parameter that narrows a listing to a group, where it is not called as the grouping is.
_FILTER_OF = {"class": "class_", **rates.UNIT_FILTERS}
_OF_NONE = {"unit": "unowned", "handling_unit": "lacks_handling_unit"}

Filters = dict[str, Any]
Serialized = dict[str, Any]
# The counts of one group by the name of the period.
CountsByPeriod = Mapping[str, Counts]


@dataclass(frozen=True, slots=True)
class FigureSerializer:
    """`filters`: of the whole response, with its moment. `since`: day of the first record. `at`: when people are counted.

    `is_of_few`: the whole is the work of one or two people and gets no score.
    """

    session: Session
    filters: Filters
    days: Days
    measured_by: Mapping[str, Denominator]
    compare: tuple[str, ...]
    since: date | None
    evaluation: Evaluation
    at: datetime
    is_of_few: bool

    def compared_periods(self) -> dict[str, Serialized]:
        """The period that each number is compared with, and whether there are records of it."""
        periods_by_name = {name: COMPARISONS[name](self.days) for name in self.compare}
        return {
            name: {"from": days.first, "to": days.last, "records": self._records(days)}
            for name, days in periods_by_name.items()
        }

    def to_dict(self, counts: CountsByPeriod, filters: Filters, *, is_of_few: bool = False) -> Serialized:
        score = None
        if not (is_of_few or self.is_of_few):
            score = rates.score_of(counts[PRESENT], self.evaluation.weights)
        return {
            "measures": {name: self._figure(name, counts, Denominator(name), filters) for name in MEASURES},
            "rates": {name: self._rate(name, counts, filters) for name in RATES},
            "averages": {name: self._average(name, counts, filters) for name in AVERAGES},
            "score": _rounded(score, 2),
        }

    def groups(
        self, dimension: str, groups: Mapping[str | None, CountsByPeriod], most: int
    ) -> list[Serialized]:
        """Return the `most` largest groups. Areas and units with enough cases get a `rank` among all.

        Grids, in the order of their codes, and units of one or two people get none.
        """
        small_groups = groups_of_few_people(self.session, dimension, groups, at=self.at)
        ranks = self._ranks(groups, small_groups) if rates.is_ranked(dimension) and not self.is_of_few else {}
        if len(groups) > most:
            largest = sorted(
                groups, key=lambda v: -sum(groups[v][PRESENT][name] for name in ("accepted", "due"))
            )
            groups = {value: groups[value] for value in groups if value in set(largest[:most])}
        keys = group_keys(self.session, dimension, groups)
        if rates.is_personal(dimension):
            groups = dict(
                sorted(groups.items(), key=lambda item: (item[0] is None, keys[item[0]]["code"] or ""))
            )
        return [
            {
                "group": keys[value],
                **self.to_dict(beside, self._filters(dimension, value), is_of_few=value in small_groups),
                "rank": None if value is None else ranks.get(value),
            }
            for value, beside in groups.items()
        ]

    def _ranks(
        self, groups: Mapping[str | None, CountsByPeriod], small_groups: Collection[str | None]
    ) -> dict[str, int]:
        scores = {
            value: score
            for value, beside in groups.items()
            if value is not None
            and value not in small_groups
            and beside[PRESENT]["due"] >= self.evaluation.worst_least
            and (score := rates.score_of(beside[PRESENT], self.evaluation.weights)) is not None
        }
        return rates.ranks(scores)

    def worst(
        self,
        name: str,
        dimension: str,
        whole: CountsByPeriod,
        groups: Mapping[str | None, CountsByPeriod],
    ) -> Serialized:
        rate = RATES[name]
        compared = {
            value: rates.portion_of(rate, beside[PRESENT])
            for value, beside in groups.items()
            if value is not None or dimension not in _BY_OUTCOME
        }
        worst = rates.worst(
            rates.portion_of(rate, whole[PRESENT]), compared, self.evaluation, is_good=rate.is_good
        )
        keys = group_keys(self.session, dimension, worst.groups)
        return {
            "by": dimension,
            "groups": [
                {"group": keys[value], **self._rate(name, groups[value], self._filters(dimension, value))}
                for value in worst.groups
            ],
            "too_small": {"groups": worst.small_groups, "cases": worst.small_counted},
        }

    def _rate(self, name: str, counts_by_period: CountsByPeriod, filters: Filters) -> Serialized:
        rate = RATES[name]
        values = {period: rates.value_of(rate, counts) for period, counts in counts_by_period.items()}
        rounded = {period: _rounded(value, 6) for period, value in values.items()}
        return {
            "value": rounded[PRESENT],
            **{period: rounded[period] for period in self.compare},
            "numerator": self._figure(rate.numerator, counts_by_period, Denominator(rate.numerator), filters),
            "denominator": self._figure(name, counts_by_period, self.measured_by[name], filters),
        }

    def _average(self, name: str, counts_by_period: CountsByPeriod, filters: Filters) -> Serialized:
        measure = AVERAGES[name].of
        values = {
            period: _rounded(counts[name] / counts[measure] if counts[measure] else None, 1)
            for period, counts in counts_by_period.items()
        }
        return {
            "value": values[PRESENT],
            **{period: values[period] for period in self.compare},
            "of": self._figure(measure, counts_by_period, Denominator(measure), filters),
        }

    def _figure(
        self, name: str, counts_by_period: CountsByPeriod, cases: Denominator, group_filters: Filters
    ) -> Serialized:
        """A count with its members, and the same of the other periods; null for those before the first record."""
        filters = self.filters | group_filters | {"measure": cases.of}
        if cases.less:
            filters["less"] = ",".join(cases.less)
        days = Days(filters["from_"], filters["to"])
        figure = self._counted(counts_by_period[PRESENT][name], filters)
        for period in self.compare:
            other_days = COMPARISONS[period](days)
            figure[period] = None
            if self._records(other_days) != "none":
                figure[period] = self._counted(
                    counts_by_period[period][name],
                    filters | {"from_": other_days.first, "to": other_days.last},
                )
        return figure

    def _counted(self, count: int, filters: Filters) -> Serialized:
        return figure_rules.linked_count(
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
            return {"part_area_id": value} if value is not None else {"lacks_level": level}
        if dimension in _OF_NONE and value is None:
            return {_OF_NONE[dimension]: True}
        if dimension in PARTS:
            days = periods.part(dimension, date.fromisoformat(str(value)), self.days)
            return {"from_": days.first, "to": days.last}
        return {_FILTER_OF.get(dimension, dimension): value}


def groups_of_few_people(
    session: Session, dimension: str, values: Iterable[str | None], *, at: datetime
) -> Collection[str | None]:
    """Return the groups that are the work of one or two people: grids, and units with so few members then."""
    present = [value for value in values if value is not None]
    if rates.is_personal(dimension):
        return frozenset(present)
    if dimension in rates.UNIT_FILTERS:
        return queries.units_of_few(session, present, at=at, fewer_than=rates.MIN_PEOPLE)
    return ()


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def definitions(measured_by: Mapping[str, Denominator], evaluation: Evaluation) -> Serialized:
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
