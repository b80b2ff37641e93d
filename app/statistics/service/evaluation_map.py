"""The map of an evaluation: areas with their outlines, and the class of their rate."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.statistics.queries import evaluation as queries
from app.statistics.rules import charts
from app.statistics.rules import evaluation as rules
from app.statistics.rules.charts import Caption
from app.statistics.rules.pictures import RATE
from app.statistics.service.evaluation_tiles import title_of

MAP_WIDTH, MAP_HEIGHT = 720.0, 380.0

Json = Mapping[str, Any]


def area_map(session: Session, report: Json) -> dict[str, Any] | None:
    """Draw the map of the areas below, each with the class of its rate.

    Each area has its outline as of the instant of the count, and its row number in the printed table. None: there are no
    such areas, or none existed then.
    """
    shapes = area_shapes(session, report)
    if shapes is None:
        return None
    rate = report["colouring"]["rate"]
    caption = Caption(
        "areas",
        f"{title_of(RATE, rate)}: 地图 Map",
        "颜色与纹样为分级，数字为下表的序号。 Colour and pattern: class; number: row of the table.",
    )
    bands = [*map(str, range(len(rules.BANDS), -1, -1)), rules.NO_CASES]
    return {
        "picture": charts.region_map(
            caption, shapes["regions"], width=shapes["width"], height=shapes["height"]
        ),
        "legend": [(charts.legend_key(caption.name, band), _band_text(band)) for band in bands],
    }


def area_shapes(session: Session, report: Json) -> dict[str, Any] | None:
    """Return the areas of the map with their outlines, and the size of the map; None without areas."""
    grouping, rate = report["colouring"]["area_grouping"], report["colouring"]["rate"]
    chapter = next((chapter for chapter in report["chapters"] if chapter["by"] == grouping), None)
    if chapter is None:
        return None
    numbered = {
        group["group"]["value"]: (n, group)
        for n, group in enumerate(chapter["groups"], 1)
        if group["group"]["value"]
    }
    ids = [UUID(value) for value in numbered]
    box = queries.extent(session, ids, at=report["at"])
    if box is None:
        return None
    scale, width, height = charts.fitted(box, width=MAP_WIDTH, most=MAP_HEIGHT)
    rows = queries.outlines(session, ids, at=report["at"], west=box[0], north=box[3], scale=scale)
    regions = []
    for row in rows:
        n, group = numbered[str(row["id"])]
        value, title = group["rates"][rate]["value"], group["title"]
        regions.append(
            charts.Region(
                key=str(row["id"]),
                path=row["d"],
                x=row["x"],
                y=row["y"],
                label=str(n),
                text=f"{n} {title['zh']} {title['en']}: {rules.percent(value)}",
                band=rules.band(value),
                value=value,
                href=group["rates"][rate]["denominator"]["members"],
            )
        )
    return {"width": width, "height": height, "regions": regions}


def _band_text(band: str) -> str:
    """Return the range of rates of a class of the map."""
    if band == rules.NO_CASES:
        return "无案卷 no cases"
    edges = [f"{100 * edge:.0f}" for edge in rules.BANDS]
    place = int(band)
    if place == 0:
        return f"< {edges[0]} %"
    return f"≥ {edges[-1]} %" if place == len(edges) else f"{edges[place - 1]} – {edges[place]} %"
