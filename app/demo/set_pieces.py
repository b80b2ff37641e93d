"""The set pieces of the demo's story: a flood, a hot spot, a rising category, cases that nobody wants. Pure.

The flood lies in the recorded past. The others lie in the last days before the end, so that the detectors of signals
find them whenever the demo is loaded.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from random import Random

from app.demo.matters import FINDINGS, FLOOD_NIGHT, RISING, SITE_NOISE, UNCLASSIFIED_ALIKE, Finding
from app.demo.placing import Place
from app.demo.reports import PlannedReport, Reporting, Subject
from app.demo.roster import ZONE

CLUSTER, RISE, BOUNCE, ALIKE, FLOOD = "cluster", "rising", "bouncing", "unclassified", "flood"
FLOOD_REPORTS = 64
_CLUSTER_REPORTS, _RISE_REPORTS, _BOUNCES = 12, 9, 3
_ALIKE = Finding(("road",), "", "", "cover_tilted")


def set_pieces(reporting: Reporting) -> Iterator[PlannedReport]:
    """Yield the reports of the set pieces that belong to the simulated days."""
    yield from _flood(reporting)
    if reporting.roster.is_shown:
        yield from _cluster(reporting)
        yield from _rise(reporting)
        yield from _bounces(reporting)
        yield from _alike(reporting)


def _at(reporting: Reporting, days_ago: int, hour: float) -> datetime | None:
    """Return an instant of one of the last days, or None if that day is not simulated."""
    day = reporting.roster.until.astimezone(ZONE).date() - timedelta(days=days_ago)
    at = datetime.combine(day, time(), ZONE) + timedelta(hours=hour)
    return at if day >= reporting.roster.first else None


def _flood(reporting: Reporting) -> Iterator[PlannedReport]:
    """Yield the reports of the night of the flood: along the river and all over the city."""
    flood = reporting.roster.flood()
    if flood is None or flood.until is None or flood.until > reporting.roster.last_hours:
        return
    city = reporting.city
    by_river = [
        grid for grid, blocks in city.map.blocks_by_grid.items() if any(b.style == "water" for b in blocks)
    ]
    for number in range(FLOOD_REPORTS):
        random = Random(f"{city.seed}:flood:{number}")
        at = flood.since + (flood.until - flood.since) * random.triangular(0, 1, 0.4)
        for _ in range(12):
            code, finding = random.choices(FLOOD_NIGHT, [f.weight for _, f in FLOOD_NIGHT])[0]
            grid = random.choice(by_river if random.random() < 0.6 else list(city.grids))
            located = city.placing.find((finding,), grid, random)
            if located is not None:
                subject = Subject(grid, code, *located)
                reporter = reporting.reporter(grid, at, random)
                yield reporting.report(f"flood:{number}", at, subject, reporter, random, theme=FLOOD)
                break


def _cluster(reporting: Reporting) -> Iterator[PlannedReport]:
    """Yield complaints about one building site on three days."""
    city = reporting.city
    grid, place = next(
        (grid, place)
        for grid in city.grids
        if (place := city.placing.place("site", grid, Random("site"))) is not None
    )
    for number in range(_CLUSTER_REPORTS):
        random = Random(f"{city.seed}:cluster:{number}")
        at = _at(reporting, 1 + number % 3, random.uniform(9, 22))
        if at is None:
            continue
        code, finding = ("E0301", SITE_NOISE) if random.random() < 0.6 else ("E0302", FINDINGS["E0302"][0])
        near = city.placing.place("site", grid, random) or place
        supervisor = random.choice(city.supervisors)
        yield reporting.report(
            f"cluster:{number}", at, Subject(grid, code, finding, near), supervisor, random, theme=CLUSTER
        )


def _rise(reporting: Reporting) -> Iterator[PlannedReport]:
    """Yield many reports of bicycles in a grid that had few."""
    city = reporting.city
    grid = city.by_name["demo-worker-2"].grids[0]
    for number in range(_RISE_REPORTS):
        random = Random(f"{city.seed}:rise:{number}")
        at = _at(reporting, 1 + number % 3, random.uniform(8, 19))
        located = city.placing.find((RISING, *FINDINGS["E0504"][3:]), grid, random)
        if at is not None and located is not None:
            supervisor = random.choice(city.supervisors)
            yield reporting.report(
                f"rise:{number}", at, Subject(grid, "E0504", *located), supervisor, random, theme=RISE
            )


def _bounces(reporting: Reporting) -> Iterator[PlannedReport]:
    """Yield cases that each unit hands on to the next."""
    city = reporting.city
    grid = next(iter(city.grids))
    for number in range(_BOUNCES):
        random = Random(f"{city.seed}:bounce:{number}")
        at = _at(reporting, 3, 9 + number / 2)
        located = city.placing.find(FINDINGS["0401"], grid, random)
        if at is not None and located is not None:
            supervisor = random.choice(city.supervisors)
            yield reporting.report(
                f"bounce:{number}", at, Subject(grid, "0401", *located), supervisor, random, theme=BOUNCE
            )


def _alike(reporting: Reporting) -> Iterator[PlannedReport]:
    """Yield reports without a category, in similar words, from one street."""
    city = reporting.city
    grid = city.by_name["demo-worker"].grids[0]
    for number, text in enumerate(UNCLASSIFIED_ALIKE):
        random = Random(f"{city.seed}:alike:{number}")
        at = _at(reporting, 1 + number % 2, random.uniform(9, 18))
        place = city.placing.place("road", grid, Random("alike")) or city.placing.place("lane", grid, random)
        if at is None or place is None:
            continue
        subject = Subject(grid, "unclassified", _ALIKE, Place(place.at, place.words))
        report = reporting.report(
            f"alike:{number}", at, subject, random.choice(city.supervisors), random, theme=ALIKE
        )
        report.payload["description"] = f"{place.words.zh}，{text}。"
        yield report


def planned(reporting: Reporting) -> list[PlannedReport]:
    """Return all reports of the simulated days, in the order of time."""
    reports = [*reporting.ordinary(), *reporting.conduct(), *set_pieces(reporting)]
    if reporting.roster.is_shown:
        reports += reporting.showcase()
    return sorted(reports, key=lambda report: (report.at, report.id))
