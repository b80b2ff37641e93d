"""The serializer of figures: it makes the groups of an answer from counts.

The modules `figures`, `monthly` and `releases` count cases or facts and pass the counts as `GroupCounts`. The serializer
adds links to members, values of comparison periods, rates, means, and the worst groups.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.profiles.rules.evaluation import Evaluation
from app.profiles.rules.measures import AVERAGES, MEASURES, Average, Rate, Selection
from app.statistics.rules import rates as rate_rules
from app.statistics.rules.linked_counts import linked_count
from app.statistics.rules.periods import PRESENT
from app.statistics.rules.rates import Portion
from app.statistics.service.areas import Names, group_key

# Groupings whose group without a value holds the work that is not done yet: it would be the worst group in every answer.
_BY_OUTCOME = ("handling_unit",)
# Parameters that narrow a listing to a group, where they are not called as the grouping is.
_PARAMETERS = {"class": "class_", **rate_rules.UNIT_FILTERS}
_PARAMETERS_OF_NONE = {"unit": "unowned", "handling_unit": "lacks_handling_unit"}

Filters = Mapping[str, Any]
Serialized = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of one group in one period.

    Attributes:
        count: Function that returns the number of cases (or monthly facts) of a selection.
        filters: Parameters that restrict a list of members to this group and period.
        is_recorded: False if there are no records of the period. This is not the same as a count of 0.
        seconds: Sum of durations by the name of the mean.
    """

    count: Callable[[Selection], int]
    filters: Filters = field(default_factory=dict)
    is_recorded: bool = True
    seconds: Mapping[str, int] = field(default_factory=dict)

    def portion(self, rate: Rate) -> Portion:
        """Return the numerator and the denominator of a rate in this group and period."""
        return Portion(self.count(rate.numerator), self.count(rate.denominator))


# The counts of one group by period: the requested one (PRESENT) first, then those that it is compared with.
GroupCounts = Mapping[str, Counts]


@dataclass(frozen=True, slots=True)
class FigureSerializer:
    """Serializes the groups of one answer.

    Attributes:
        names: Code and name of the areas and units of the answer.
        measures, rates, averages: The figures that each group has.
        members_path: Path of the list of members. None: readers may not see members, so counts have no link.
        filters: Parameters of the request, for the links to members.
        has_periods_in_rates: True: a rate has one object per comparison period, with its own numerator and denominator.
            False: a rate, its numerator and its denominator each have one value per comparison period.
        uncounted: Measures that are null, because they cannot be counted with the filters of the request. Their rates are
            null, too.
        small_name: Name of the property that counts the members of groups too small to compare.
    """

    names: Names
    measures: Sequence[str]
    rates: Mapping[str, Rate]
    averages: Mapping[str, Average] = field(default_factory=dict)
    members_path: str | None = None
    filters: Filters = field(default_factory=dict)
    has_periods_in_rates: bool = False
    uncounted: frozenset[str] = frozenset()
    small_name: str = "cases"

    def to_dict(self, group: GroupCounts) -> Serialized:
        """Return the measures, rates and means of a group, each with its comparison values."""
        serialized: Serialized = {
            "measures": {name: self._measure(name, group) for name in self.measures},
            "rates": {name: self.rate(rate, group) for name, rate in self.rates.items()},
        }
        if self.averages:
            serialized["averages"] = {
                name: self._average(average, group) for name, average in self.averages.items()
            }
        return serialized

    def groups(
        self, by: str | None, groups: Mapping[str | None, GroupCounts]
    ) -> list[tuple[str | None, Serialized]]:
        """Return each group as a pair: its value, and its properties in the answer."""
        return [
            (value, {"group": group_key(self.names, by, value), **self.to_dict(group_counts)})
            for value, group_counts in groups.items()
        ]

    def worst(
        self,
        rate: Rate,
        by: str,
        whole: GroupCounts,
        groups: Mapping[str | None, GroupCounts],
        evaluation: Evaluation,
    ) -> Serialized:
        """Return for the answer the groups whose rate is worse than the overall rate, worst first.

        `by`: the grouping. `whole`: the counts of all cases.
        """
        portions = {
            value: group[PRESENT].portion(rate)
            for value, group in groups.items()
            if value is not None or by not in _BY_OUTCOME
        }
        worst = rate_rules.worst(whole[PRESENT].portion(rate), portions, evaluation, is_good=rate.is_good)
        return {
            "by": by,
            "groups": [
                {"group": group_key(self.names, by, value), **self.rate(rate, groups[value])}
                for value in worst.groups
            ],
            "too_small": {"groups": worst.small_groups, self.small_name: worst.small_counted},
        }

    def rate(self, rate: Rate, group: GroupCounts) -> Serialized:
        """Return a rate for the answer, with its numerator, denominator and comparison values."""
        if self.has_periods_in_rates:
            by_period = {
                period: self.rate_of_period(rate, counts) if counts.is_recorded else None
                for period, counts in group.items()
            }
            return (by_period.pop(PRESENT) or {}) | by_period
        values = {period: _rounded(counts.portion(rate).value, 6) for period, counts in group.items()}
        serialized: Serialized = {"value": values.pop(PRESENT), **values}
        if self.members_path is not None:
            serialized["numerator"] = self._with_periods(rate.numerator, group)
            serialized["denominator"] = self._with_periods(rate.denominator, group)
            if rate.unanswered is not None:
                serialized["unanswered"] = self._with_periods(Selection(rate.unanswered), group)
        return serialized

    def rate_of_period(self, rate: Rate, counts: Counts) -> Serialized:
        """Return a rate of one period for the answer, with its numerator and denominator."""
        if rate.denominator.of in self.uncounted:
            return {"value": None, "numerator": None, "denominator": None}
        return {
            "value": _rounded(counts.portion(rate).value, 6),
            "numerator": self.figure(rate.numerator, counts),
            "denominator": self.figure(rate.denominator, counts),
        }

    def figure(self, selection: Selection, counts: Counts) -> Any:
        """Return one count with the link to the list of its members.

        The count has no link if readers may not see members. It is None if there are no records of the period.
        """
        if not counts.is_recorded:
            return None
        count = counts.count(selection)
        if self.members_path is None:
            return count
        parameters = {**self.filters, **counts.filters, "measure": selection.of}
        if selection.less:
            parameters["less"] = ",".join(selection.less)
        return linked_count(
            count, self.members_path, {name.rstrip("_"): value for name, value in parameters.items()}
        )

    def _measure(self, name: str, group: GroupCounts) -> Serialized | None:
        return None if name in self.uncounted else self._with_periods(Selection(name), group)

    def _average(self, average: Average, group: GroupCounts) -> Serialized:
        selection = Selection(average.of)
        values = {
            period: _mean(counts.seconds[average.name], counts.count(selection))
            for period, counts in group.items()
        }
        return {"value": values.pop(PRESENT), **values, "of": self._with_periods(selection, group)}

    def _with_periods(self, selection: Selection, group: GroupCounts) -> Serialized:
        figures = {period: self.figure(selection, counts) for period, counts in group.items()}
        present = figures.pop(PRESENT)
        return (present if isinstance(present, dict) else {"count": present}) | figures


def group_filters(by: str, value: str | None) -> dict[str, Any]:
    """Return the parameters that restrict a list of members to one group.

    This does not work for a grouping by day, week or month.
    """
    if by.startswith("area:"):
        return {"part_area_id": value} if value is not None else {"lacks_level": by.removeprefix("area:")}
    if by in _PARAMETERS_OF_NONE and value is None:
        return {_PARAMETERS_OF_NONE[by]: True}
    return {_PARAMETERS.get(by, by): value}


def _mean(seconds: int, count: int) -> float | None:
    return _rounded(seconds / count if count else None, 1)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def definitions(rates: Mapping[str, Rate], evaluation: Evaluation) -> Serialized:
    """Return the definition and source of each measure, rate and mean, as the answer has them.

    `rates`: the rates with the denominators of the jurisdiction. `evaluation`: the jurisdiction's rules, such as weights.
    """
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
                "numerator": r.numerator.of,
                "denominator": r.denominator.of,
                "less": list(r.denominator.less),
                "unanswered": r.unanswered,
                "source": r.source,
            }
            for r in rates.values()
        ],
        "averages": [
            {"name": a.name, "title": {"zh": a.zh, "en": a.en}, "of": a.of, "means": a.means}
            for a in AVERAGES.values()
        ],
        "weights": dict(evaluation.weights),
        "worst_least": evaluation.worst_least,
    }
