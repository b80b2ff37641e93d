"""Use cases of statistics."""

from app.statistics.queries.counted_cases import Counted, Moment, Span
from app.statistics.service.areas import directed_area, group_keys, ref, top_directed_areas, units_named
from app.statistics.service.counts import (
    CaseCounts,
    Sums,
    cells_of_cases,
    count_cases,
    counted_cases,
    first_recorded,
    longest_overdue,
    open_in_grid,
    require_recorded,
)
from app.statistics.service.evaluation import evaluation, pictures, taken_along
from app.statistics.service.evaluation_workbook import workbook
from app.statistics.service.figures import figures, members_of_figure
from app.statistics.service.month_end import Due, close, grids_due
from app.statistics.service.monthly import cycles, members_of_cycle, months_kept_since
from app.statistics.service.releases import months_due, release, rounded_figures

__all__ = [
    "CaseCounts",
    "Counted",
    "Due",
    "Moment",
    "Span",
    "Sums",
    "cells_of_cases",
    "close",
    "count_cases",
    "counted_cases",
    "cycles",
    "directed_area",
    "evaluation",
    "figures",
    "first_recorded",
    "grids_due",
    "group_keys",
    "longest_overdue",
    "members_of_cycle",
    "members_of_figure",
    "months_due",
    "months_kept_since",
    "open_in_grid",
    "pictures",
    "ref",
    "release",
    "require_recorded",
    "rounded_figures",
    "taken_along",
    "top_directed_areas",
    "units_named",
    "workbook",
]
