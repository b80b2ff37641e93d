"""Pictures of the printed evaluation, made from its numbers: tiles, funnel, courses, bars, heat map and map.

The answer of the API says which pictures there are (`tiles`, `funnel`, `colouring`, `hours`): the screen draws them from the
same numbers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.incidents.desk.rules.sheet_texts import on_the_clock, state
from app.profiles.rules.measures import RATES
from app.statistics.rules import charts
from app.statistics.rules import evaluation as rules
from app.statistics.rules.charts import Caption, Picture
from app.statistics.rules.monthly import MONTHLY_RATES
from app.statistics.rules.pictures import MEASURE, RATE
from app.statistics.service.evaluation_map import area_map
from app.statistics.service.evaluation_tiles import tile, title_of, value_text

# The most bars in one chart, as on the screen; the table below has all groups.
BARS_DRAWN, AREAS_DRAWN = 10, 20
COURSE_RATES = ("closure_rate", "on_time_rate")
COURSE_COUNTS = ("accepted", "due", "overdue")
WEEKDAYS = (
    *("周一 Mon", "周二 Tue", "周三 Wed", "周四 Thu"),
    *("周五 Fri", "周六 Sat", "周日 Sun"),
)
LINES_DIFFER = "每条线的线型与点形不同。 The lines differ by dashes and points."
_COURSE_SIZE = {"width": 470, "height": 150}

Json = Mapping[str, Any]


def charts_and_map(session: Session, report: Json) -> dict[str, Any]:
    """Return the parts that only the printed page shows: pictures, and times in local time."""
    chapters = {chapter["by"]: chapter for chapter in report["chapters"]}
    zone = report["period"]["timezone"]
    drawn = (report["colouring"]["area_grouping"], "category", "unit")
    return {
        "kept_rates": list(MONTHLY_RATES.values()),
        "printed": {"measures": rules.PRINTED_MEASURES, "rates": rules.PRINTED_RATES},
        "averages": {name: rules.duration(average["value"]) for name, average in report["averages"].items()},
        "counted_at": on_the_clock(report["at"].isoformat(), zone),
        "tail": [
            {
                "status": state(case["status"]),
                "reported_at": on_the_clock(case["reported_at"], zone),
                "due_at": on_the_clock(case["due_at"], zone),
            }
            for case in report["tail"]
        ],
        "tiles": [tile(entry, report) for entry in report["tiles"]],
        "funnel": loop(report),
        "hours": {"picture": hours(report), "legend": hour_classes(report)},
        "courses": [days(chapters["day"]["groups"]), *months(report["months"]["groups"])],
        "bars": [bars(chapters[by], report) for by in drawn if by in chapters and chapters[by]["groups"]],
        "map": area_map(session, report),
    }


def loop(report: Json) -> Picture:
    """Draw the funnel of the loop: how many of the reported cases reached each step."""
    measures = report["measures"]
    most = measures[report["funnel"][0]["measure"]]["count"]
    steps = []
    for entry in report["funnel"]:
        figure = measures[entry["measure"]]
        share = rules.percent(figure["count"] / most) if most else "-"
        name = f"{entry['title']['zh']} {entry['title']['en']}"
        steps.append(
            charts.Step(
                key=entry["measure"],
                name=name,
                text=f"{name}: {figure['count']}, {share}",
                value=figure["count"],
                note=f"{figure['count']:,}（{share}）",
                href=figure["members"],
            )
        )
    caption = Caption(
        "loop",
        "闭环漏斗 Funnel of the loop",
        "本月上报的案卷到达各环节的数量。 Of the cases reported in the month, how many reached each step.",
    )
    return charts.funnel(caption, steps)


def hours(report: Json) -> Picture:
    """Draw the heat map of reports by local weekday and hour."""
    days_of_week = report["hours"]["days"]
    cells = {
        (str(weekday), str(hour)): charts.Cell(
            figure["count"],
            f"{WEEKDAYS[weekday - 1]} {hour:02}:00 – {hour + 1:02}:00: {figure['count']}",
            figure["members"],
        )
        for weekday, figures in enumerate(days_of_week, 1)
        for hour, figure in enumerate(figures)
    }
    caption = Caption(
        "hours",
        "上报的星期与时段 Reports by weekday and hour",
        "颜色越深，上报越多；每格有数字。 The darker the cell, the more reports; each cell has its number.",
    )
    rows = [(str(weekday), label) for weekday, label in enumerate(WEEKDAYS, 1)]
    return charts.heat_map(caption, rows, [(str(hour), str(hour)) for hour in range(24)], cells)


def hour_classes(report: Json) -> list[tuple[str, str]]:
    """Return the legend of the heat map: sample and range of each class."""
    most = max(figure["count"] for figures in report["hours"]["days"] for figure in figures)
    return [
        (charts.class_key(number), f"{least}" if least == greatest else f"{least} – {greatest}")
        for number, (least, greatest) in enumerate(charts.count_classes(most), 1)
    ]


def days(groups: Sequence[Json]) -> Picture:
    """Draw the course of counts by day."""
    caption = Caption("counts-by-day", "每日案卷数 Cases by day", LINES_DIFFER)
    return charts.trend_chart(
        caption, _lines(groups, COURSE_COUNTS, MEASURE, label_from=8), is_share=False, **_COURSE_SIZE
    )


def months(groups: Sequence[Json]) -> list[Picture]:
    """Draw the course of the last months: rates, and counts."""
    rates = Caption("rates-by-month", "近十二个月的结案率 Rates of the last 12 months", LINES_DIFFER)
    counts = Caption("counts-by-month", "近十二个月的案卷数 Cases of the last 12 months", LINES_DIFFER)
    return [
        charts.trend_chart(rates, _lines(groups, COURSE_RATES, RATE), is_share=True, **_COURSE_SIZE),
        charts.trend_chart(counts, _lines(groups, COURSE_COUNTS, MEASURE), is_share=False, **_COURSE_SIZE),
    ]


def _lines(
    groups: Sequence[Json], names: Sequence[str], kind: str, *, label_from: int = 0
) -> list[charts.Series]:
    """Return one line for each measure or rate. `label_from`: labels below the axis begin with this character of the date."""
    return [
        charts.Series(
            name, title_of(kind, name), [_course_point(group, kind, name, label_from) for group in groups]
        )
        for name in names
    ]


def _course_point(group: Json, kind: str, name: str, label_from: int) -> charts.Point:
    figure = group[f"{kind}s"][name]
    value, counted = (
        (figure["count"], figure) if kind == MEASURE else (figure["value"], figure["denominator"])
    )
    # A month is the date of its first day.
    key = str(group["group"]["value"])
    shown = key[:7] if group["group"]["by"] == "month" else key
    return charts.Point(
        key=key,
        label=shown[label_from:],
        text=f"{shown}: {title_of(kind, name)} {value_text(kind, value)}",
        value=value,
        href=counted["members"],
    )


def bars(chapter: Json, report: Json) -> Picture:
    """Draw the rate of the groups of a chapter as bars, with a line at the rate of the whole.

    Areas are in the order of their table, with the numbers of the map; of other groups the largest come first.
    """
    name = report["colouring"]["rate"]
    whole = report["rates"][name]["value"]
    is_numbered = chapter["by"] == report["colouring"]["area_grouping"]
    groups = list(enumerate(chapter["groups"], 1))
    if not is_numbered:
        groups.sort(key=lambda numbered: -numbered[1]["rates"][name]["denominator"]["count"])
    drawn = [
        _bar(group, name, whole, number if is_numbered else None)
        for number, group in groups
        if group["rates"][name]["value"] is not None
    ][: AREAS_DRAWN if is_numbered else BARS_DRAWN]
    caption = Caption(
        f"bars-{chapter['by'].replace(':', '-')}",
        f"{chapter['title']['zh']} {chapter['title']['en']}: {title_of(RATE, name)}",
        "虚线为总体，斜线柱比总体差。 Dashed line: overall; hatched bars are worse than it.",
    )
    return charts.bar_chart(caption, drawn, whole=whole, whole_text=f"总体 Overall {rules.percent(whole)}")


def _bar(group: Json, name: str, whole: float | None, number: int | None) -> charts.Bar:
    rate, title = group["rates"][name], group["title"]
    numbers = f"{rate['numerator']['count']}/{rate['denominator']['count']}"
    is_less = whole is not None and rate["value"] < whole
    is_more = whole is not None and rate["value"] > whole
    return charts.Bar(
        key=str(group["group"]["value"]),
        name=title["zh"] if number is None else f"{number} {title['zh']}",
        second_name="" if title["en"] == title["zh"] else title["en"],
        text=f"{title['zh']} {title['en']}: {rules.percent(rate['value'])} ({numbers})",
        value=rate["value"],
        is_worse=is_less if RATES[name].is_good else is_more,
        note=f"{rules.percent(rate['value'])}（{numbers}）",
        href=rate["denominator"]["members"],
    )
