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
from app.statistics.service.evaluation import charts_and_map, evaluation, record_export
from app.statistics.service.evaluation_workbook import workbook
from app.statistics.service.figures import figures, members_of_figure
from app.statistics.service.month_end import Due, close, grids_due
from app.statistics.service.monthly import members_of_month, monthly_statistics, months_kept_since
from app.statistics.service.releases import months_due, release, rounded_figures

__all__ = [
    "CaseCounts",
    "Counted",
    "Due",
    "Moment",
    "Span",
    "Sums",
    "cells_of_cases",
    "charts_and_map",
    "close",
    "count_cases",
    "counted_cases",
    "directed_area",
    "evaluation",
    "figures",
    "first_recorded",
    "grids_due",
    "group_keys",
    "longest_overdue",
    "members_of_figure",
    "members_of_month",
    "monthly_statistics",
    "months_due",
    "months_kept_since",
    "open_in_grid",
    "record_export",
    "ref",
    "release",
    "require_recorded",
    "rounded_figures",
    "top_directed_areas",
    "units_named",
    "workbook",
]
