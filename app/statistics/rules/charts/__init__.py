"""Pictures of the printed evaluation as SVG text: trends, bars, funnel, heat map, map. Pure.

Each picture has a title and a description for screen readers. Each mark links to the members of its number. Colours are in
`pages/evaluation.css`; beside its colour each mark has a shape, a pattern or a text, so that a grey print can be read.
"""

from app.statistics.rules.charts.bars import Bar, bar_chart
from app.statistics.rules.charts.funnel import Step, funnel
from app.statistics.rules.charts.heat_map import Cell, class_key, heat_map
from app.statistics.rules.charts.regions import Region, legend_key, region_map
from app.statistics.rules.charts.scales import class_of, count_classes, fitted, nice_top
from app.statistics.rules.charts.svg import Caption, Picture
from app.statistics.rules.charts.trends import Point, Series, trend_chart

__all__ = [
    "Bar",
    "Caption",
    "Cell",
    "Picture",
    "Point",
    "Region",
    "Series",
    "Step",
    "bar_chart",
    "class_key",
    "class_of",
    "count_classes",
    "fitted",
    "funnel",
    "heat_map",
    "legend_key",
    "nice_top",
    "region_map",
    "trend_chart",
]
