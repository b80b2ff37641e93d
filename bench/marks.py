"""The marks of speed: what each measured value must reach and aims at. They are kept here and nowhere else.

A value is a ratio within one run wherever there is something to compare with. `bench/record.py` writes the values of a run
beside these marks; `docs` and `bench/README.md` have no numbers of their own.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Mark:
    """One measured value.

    Attributes:
        key: Name of the value in results.
        work: What is done.
        beside: What it is compared with; empty: nothing, the value is a time or a rate.
        unit: `ratio`, or the unit of the value.
        must: The value must be at least (`better` is `more`) or at most this; None: no mark yet.
        part: The part of the bench that measures it: a value of BENCH_ONLY.
    """

    key: str
    work: str
    beside: str
    unit: str
    better: Literal["more", "less"]
    must: float | None
    aim: float | None
    part: str

    def is_met(self, value: float, mark: float | None) -> bool:
        """Return True if a value reaches a mark."""
        return mark is None or (value >= mark if self.better == "more" else value <= mark)

    def change(self, value: float, before: float) -> float:
        """Return by which factor a value is better (above 1) or worse (below 1) than one before."""
        if not value or not before:
            return 1.0
        return value / before if self.better == "more" else before / value


_FLASK = "bare Flask's item"
_STATEMENT = "bare statement"

MARKS = (
    Mark(
        "report",
        "report and dispatch",
        "all its rows in one statement",
        "ratio",
        "more",
        0.45,
        0.55,
        "endpoints",
    ),
    Mark("case", "one case", _FLASK, "ratio", "more", 0.40, 0.60, "endpoints"),
    Mark("page", "page of 100 by bbox", _STATEMENT, "ratio", "more", 0.50, 0.70, "endpoints"),
    Mark("areas", "areas at a point", _FLASK, "ratio", "more", 0.40, 0.60, "endpoints"),
    Mark("assignments", "assignments of a worker", "", "requests/s", "more", 400, 800, "endpoints"),
    Mark("map_page_tipg", "map page of 100", "tipg", "ratio", "more", 3, 5, "peers"),
    Mark("map_page_pygeoapi", "map page of 100", "pygeoapi", "ratio", "more", 10, 15, "peers"),
    Mark("map_item_tipg", "map item", "tipg", "ratio", "more", 1.5, 3, "peers"),
    Mark("tile_cold", "tile of zoom 14, cold", _STATEMENT, "ratio", "more", 0.92, 0.95, "peers"),
    Mark("tile_cold_tipg", "tile of zoom 14, cold", "tipg", "ratio", "more", 1.0, 1.25, "peers"),
    Mark("tile_warm", "tile of zoom 14, warm", "the same, cold", "ratio", "more", 13, 30, "peers"),
    Mark("tile_10", "tile of zoom 10 after a write, p50", "", "s", "less", 0.3, None, "tiles"),
    Mark(
        "tile_10_writes", "tile of zoom 10 under 10 writes a second, p99", "", "s", "less", 0.2, None, "tiles"
    ),
    Mark("board", "board, everywhere, one connection, p50", "", "ms", "less", 60, 15, "endpoints"),
    Mark("premises", "premises by address, one connection, p50", "", "ms", "less", 30, 10, "endpoints"),
    Mark("figures", "figures of all cases", "plain GROUP BY", "ratio", "less", 1.5, 1.2, "figures"),
    Mark("positions_500", "positions, batch of 500", "bare INSERT", "ratio", "more", 0.3, 0.6, "positions"),
    Mark("push_reports", "push of 100 reports", "100 pushes of one", "ratio", "more", 5, 10, "phones"),
    Mark(
        "push_transitions", "push of 100 transitions", "100 pushes of one", "ratio", "more", 5, 10, "phones"
    ),
    Mark("pull_changes", "pull, 10 changes later, time", _STATEMENT, "ratio", "less", 4, 2, "phones"),
    Mark(
        "growth_assignments",
        "assignments of a worker, p50",
        "a tenth of the city",
        "ratio",
        "less",
        1.5,
        1.1,
        "endpoints",
    ),
    Mark(
        "growth_board_street",
        "board of a street, p50",
        "a tenth of the city",
        "ratio",
        "less",
        1.5,
        1.1,
        "endpoints",
    ),
    Mark(
        "growth_board",
        "board, everywhere, p50",
        "a tenth of the city",
        "ratio",
        "less",
        1.5,
        1.1,
        "endpoints",
    ),
    Mark(
        "growth_open_street",
        "open cases of a street, p50",
        "a tenth of the city",
        "ratio",
        "less",
        1.5,
        1.1,
        "endpoints",
    ),
    Mark(
        "growth_premises",
        "premises by address, p50",
        "a tenth of the city",
        "ratio",
        "less",
        1.5,
        1.1,
        "endpoints",
    ),
    Mark("crowd_push", "1,000 phones, 200 requests a second: push, p99", "", "s", "less", 1.0, None, "crowd"),
    Mark("crowd_pull", "1,000 phones, 200 requests a second: pull, p99", "", "s", "less", 1.0, None, "crowd"),
    Mark("import", "import of 100,000 households", "", "s", "less", 120, 60, "imports"),
    Mark("dry_run", "dry run of 1,000,000 rows", "", "s", "less", 300, 150, "imports"),
    Mark("redraw", "redraw that moves 5,000 homes and 500 cases", "", "s", "less", 2, 1, "redraw"),
    Mark("audit", "audit of 10,000 grids after a redraw", "", "s", "less", 1, 0.5, "redraw"),
    Mark(
        "notice_preview",
        "preview of a notice to all households",
        _STATEMENT,
        "ratio",
        "less",
        1.5,
        1.2,
        "notices",
    ),
    Mark(
        "notice_publication", "publication to all households: the request", "", "s", "less", 5, 2, "notices"
    ),
    Mark(
        "quota_p99",
        "others' p99 at 100 times a quota",
        "none",
        "ratio",
        "less",
        1.2,
        None,
        "quotas",
    ),
    Mark(
        "quota_excess",
        "others' p99 at 100 times a quota",
        "within it",
        "ratio",
        "less",
        1.2,
        None,
        "quotas",
    ),
    Mark("second_run", "second `make run`, until it is ready", "", "s", "less", 5, 4, "starts"),
    Mark("tests", "`make test`", "", "min", "less", 12, 8, "starts"),
    Mark(
        "day_memory",
        "memory of a server process after a day",
        "its start",
        "ratio",
        "less",
        1.10,
        None,
        "day",
    ),
    Mark("goodput", "goodput at five times the peak", "the peak", "ratio", "more", 0.80, 0.90, "overload"),
    Mark(
        "urgent_answered",
        "calls for help and accepts answered under overload",
        "those sent",
        "ratio",
        "more",
        0.99,
        1,
        "overload",
    ),
    Mark("lost", "acknowledged reports that are not stored", "", "reports", "less", 0, 0, "overload"),
    Mark("recovery", "until p99 is normal after overload", "", "s", "less", 10, 5, "overload"),
)
BY_KEY = {mark.key: mark for mark in MARKS}
