"""Service functions of statistics."""

from app.statistics.service.areas import directed_area, ref, top_directed_areas, units_named
from app.statistics.service.counts import open_in_grid
from app.statistics.service.effects import PublicEffect, PublicFigures, RuleChange, effect, public_effect
from app.statistics.service.evaluation import evaluation, record_export, slim_evaluation
from app.statistics.service.evaluation_file import workbook
from app.statistics.service.evaluation_map import area_shapes
from app.statistics.service.evaluation_pictures import charts_and_map
from app.statistics.service.figures import figures, members_of_figure
from app.statistics.service.hours import hours_of_week
from app.statistics.service.month_end import Due, close, grids_due
from app.statistics.service.monthly import members_of_month, monthly_statistics, months_stored_since
from app.statistics.service.releases import months_due, release, rounded_figures

__all__ = [
    "Due",
    "PublicEffect",
    "PublicFigures",
    "RuleChange",
    "area_shapes",
    "charts_and_map",
    "close",
    "directed_area",
    "effect",
    "evaluation",
    "figures",
    "grids_due",
    "hours_of_week",
    "members_of_figure",
    "members_of_month",
    "monthly_statistics",
    "months_due",
    "months_stored_since",
    "open_in_grid",
    "public_effect",
    "record_export",
    "ref",
    "release",
    "rounded_figures",
    "slim_evaluation",
    "top_directed_areas",
    "units_named",
    "workbook",
]
