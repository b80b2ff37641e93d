"""Geometry, texts and links of the pictures of the printed evaluation."""

import re
from xml.etree import ElementTree

import pytest

from app.statistics.rules import charts
from app.statistics.rules.charts.scales import labelled
from app.statistics.rules.charts.svg import cut

CAPTION = charts.Caption("one", "Title <1>", "How to read it")
SVG = "{http://www.w3.org/2000/svg}"


def parsed(picture):
    return ElementTree.fromstring(picture.svg)


def marks(picture, key="key"):
    """Return the marks of a picture by the value of `data-<key>`."""
    return {mark.get(f"data-{key}"): mark for mark in parsed(picture).iter() if mark.get("class") == "mark"}


def size(mark, attribute, shape="rect"):
    return float(mark.find(shape).get(attribute))


def test_trend_line_has_a_gap_where_a_value_is_missing():
    def series(name, values):
        points = [
            charts.Point(f"m{n}", f"m{n}", f"{name} {value}", value, f"/{name}/{n}")
            for n, value in enumerate(values)
        ]
        return charts.Series(name, name, points)

    lines = [series("a", [0.5, None, 1.0, 0.0]), series("b", [0, 0, 0, 0])]
    picture = charts.trend_chart(CAPTION, lines, is_share=True, width=400, height=100)
    paths = {path.get("data-series"): path.get("d") for path in parsed(picture).iter("path")}
    assert paths["a"] == "M50 50M250 0L350 100"
    points = [mark for mark in parsed(picture).iter() if mark.get("data-series") == "a" and mark.tag == "a"]
    assert [(mark.get("data-key"), mark.get("data-value")) for mark in points] == [
        ("m0", "0.5"),
        ("m2", "1.0"),
        ("m3", "0.0"),
    ]
    # Lines differ by dashes and by the shape of their points, not only by colour.
    dashes = [path.get("stroke-dasharray") for path in parsed(picture).iter("path")]
    assert len(set(dashes)) == 2
    shapes = {
        mark.get("data-series"): mark[1].tag for mark in parsed(picture).iter("a") if mark.get("data-series")
    }
    assert shapes == {"a": "circle", "b": "rect"}


def test_trend_of_counts_ends_at_a_round_number():
    points = [charts.Point("m", "m", "m", 130)]
    picture = charts.trend_chart(CAPTION, [charts.Series("a", "a", points)], is_share=False, height=100)
    assert next(parsed(picture).iter("text")).text == "200"
    assert size(marks(picture)["m"], "cy", "circle") == 35


def test_bars_worse_than_the_whole_are_hatched():
    def bar(key, value, worse):
        return charts.Bar(key, key, f"{key} en", key, value, worse, f"{value}", f"/{key}")

    picture = charts.bar_chart(
        CAPTION, [bar("low", 0.25, True), bar("high", 0.75, False)], whole=0.5, whole_text="all", width=1000
    )
    drawn = marks(picture)
    full = size(drawn["high"], "width") / 0.75
    assert size(drawn["low"], "width") == pytest.approx(0.25 * full, abs=0.01)
    (whole,) = [part for part in parsed(picture).iter("line") if part.get("class") == "whole"]
    assert float(whole.get("x1")) == pytest.approx(0.5 * full, abs=0.01)
    fills = {key: [rect.get("fill") for rect in mark.iter("rect")] for key, mark in drawn.items()}
    assert fills == {"low": [None, "url(#one-worse)"], "high": [None]}
    assert [pattern.get("id") for pattern in parsed(picture).iter("pattern")] == ["one-worse"]


def test_funnel_steps_are_as_wide_as_their_share():
    steps = [charts.Step(name, name, name, value, "", f"/{name}") for name, value in (("a", 80), ("b", 20))]
    drawn = marks(charts.funnel(CAPTION, steps, width=1000))
    assert size(drawn["b"], "width") == pytest.approx(size(drawn["a"], "width") / 4, abs=0.01)
    middles = {name: size(mark, "x") + size(mark, "width") / 2 for name, mark in drawn.items()}
    assert middles["a"] == pytest.approx(middles["b"], abs=0.01)
    empty = charts.funnel(CAPTION, [charts.Step("a", "a", "a", 0, "")])
    assert size(marks(empty)["a"], "width") == 0


def test_heat_map_is_darker_with_more_cases_and_has_their_number():
    cells = {("1", "0"): charts.Cell(1, "few", "/few"), ("1", "1"): charts.Cell(50, "most", "/most")}
    picture = charts.heat_map(
        CAPTION, [("1", "Mon"), ("2", "Tue")], [("0", "0"), ("1", "1")], cells, width=100
    )
    drawn = marks(picture, "column")
    assert [(mark.get("href"), mark.find("text").text) for mark in drawn.values()] == [
        ("/few", "1"),
        ("/most", "50"),
    ]
    classes = [rect.get("class") for rect in parsed(picture).iter("rect")]
    assert classes == ["cell heat-1", "cell heat-4", "cell heat-0", "cell heat-0"]


@pytest.mark.parametrize(
    ("most", "classes"),
    [(0, []), (1, [(1, 1)]), (3, [(1, 1), (2, 2), (3, 3)]), (50, [(1, 12), (13, 25), (26, 37), (38, 50)])],
)
def test_classes_of_a_heat_map_cover_all_counts(most, classes):
    assert charts.count_classes(most) == classes
    assert [charts.class_of(count, classes) for count in range(most + 1)] == [
        0,
        *(number for number, (least, greatest) in enumerate(classes, 1) for _ in range(least, greatest + 1)),
    ]


def test_region_map_distinguishes_bad_classes_by_pattern():
    regions = [
        charts.Region(f"r{band}", "M 0 0 L 1 0 1 1 Z", 0.5, 0.5, band, f"class {band}", band, 0.5, f"/{band}")
        for band in ("0", "1", "2", "3", "4", "none")
    ]
    picture = charts.region_map(CAPTION, regions, width=10, height=10)
    patterns = {
        key: [path.get("fill") for path in mark.iter("path")][1:] for key, mark in marks(picture).items()
    }
    assert patterns == {
        "r0": ["url(#one-0)"],
        "r1": ["url(#one-1)"],
        "r2": ["url(#one-2)"],
        "r3": ["url(#one-3)"],
        "r4": [],
        "rnone": [],
    }
    ids = {pattern.get("id") for pattern in parsed(picture).iter("pattern")}
    assert {fill[5:-1] for fills in patterns.values() for fill in fills} == ids


def test_picture_has_title_and_description_for_screen_readers():
    picture = charts.funnel(CAPTION, [])
    svg = parsed(picture)
    # An image would hide its links from readers of screens.
    assert svg.get("role") == "group"
    assert svg.find("title").text == picture.title == "Title <1>"
    assert svg.get("aria-labelledby") == svg.find("title").get("id")
    assert (svg.get("aria-describedby"), svg.find("desc").text) == (
        svg.find("desc").get("id"),
        "How to read it",
    )


def test_texts_that_users_write_are_escaped():
    bad = '<script>"&'
    bar = charts.Bar(bad, bad, bad, bad, 0.5, False, bad, bad)
    picture = charts.bar_chart(charts.Caption("one", bad, bad), [bar], whole=None, whole_text="")
    assert "<script" not in picture.svg
    assert marks(picture)[bad].get("href") == bad
    assert not re.search(r'style="', picture.svg)


def test_long_names_are_cut_and_axes_skip_labels():
    assert cut("short", width=100, font_size=10) == "short"
    assert cut("网格管理网格管理网格", width=50, font_size=10) == "网格管理…"
    assert labelled(["a"] * 31, width=620, each=20) == frozenset(range(31))
    assert labelled(["a"] * 31, width=300, each=20) == frozenset(range(0, 31, 3))
    assert labelled([], width=300, each=20) == frozenset()
