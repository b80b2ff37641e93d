"""The parts of a run: what `BENCH_ONLY` may name, and which parts a whole run and a quick run have."""

import importlib
import traceback
from collections.abc import Collection
from dataclasses import dataclass

from bench import record
from bench.environment import say
from bench.marks import MARKS


@dataclass(frozen=True, slots=True)
class Part:
    """A module with a function `main`, which prints a table and notes the values that have marks.

    Attributes:
        in_whole: A run without BENCH_ONLY has it.
        in_quick: A run with BENCH_QUICK=1 has it.
    """

    module: str
    what: str
    in_whole: bool = True
    in_quick: bool = False


PARTS = {
    "figures": Part("figures", "figures of all cases beside the plain GROUP BY", in_quick=True),
    "duplicates": Part("duplicates", "what may be the same matter, before a report"),
    "signals": Part("signals", "looks for signals"),
    "codings": Part("codings", "cost of compressed answers"),
    "places": Part("places", "search for places"),
    "quotas": Part("quotas", "others' p99 beside a caller far above its quota"),
    "open311": Part("open311", "Open311 beside our own API"),
    "positions": Part("positions", "batches of positions beside the bare INSERT"),
    "phones": Part("phones", "push and pull of one phone beside the bare statements", in_quick=True),
    "tiles": Part("tiles", "tiles of a whole city while it is written to", in_quick=True),
    "cached_tiles": Part(
        "cached_tiles", "tiles cold, warm and known; zoom 10 kept and counted", in_whole=False
    ),
    "imports": Part("imports", "import of households, dry run of many rows"),
    "redraw": Part("redraw", "redraw of grids, audit after it"),
    "starts": Part("starts", "second `make run`; seconds of `make test` from its log"),
    "crowd": Part("crowd", "1,000 phones at 200 requests a second"),
    "peers": Part("peers.compare", "maps beside tipg and pygeoapi"),
    "day": Part("day", "a city's day at 1, 2, 4 and 8 times"),
    "overload": Part("overload", "five times the peak"),
    "notices": Part("notices", "notices to households"),
    "webhooks": Part("webhooks", "webhooks beside the bare HTTP client", in_whole=False),
    "dispatch": Part("dispatch", "batches beside the bare solver", in_whole=False),
    "pages": Part("pages", "front ends on a slow device", in_whole=False),
    "wall": Part("wall", "the console's map while much happens", in_whole=False),
}


def run(names: list[str]) -> list[str]:
    """Run parts one after the other. Return those that failed, with the reason."""
    failed = []
    for name in names:
        say(f"part: {name}")
        try:
            importlib.import_module(f"bench.{PARTS[name].module}").main()
        except (Exception, SystemExit) as error:  # one part must not cost the results of the others
            if not isinstance(error, SystemExit):
                traceback.print_exc()
            reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            say(f"{name} failed: {reason}")
            failed.append(f"{name}: failed, {reason}")
    return failed


def names(*, is_quick: bool, marked_only: bool, wanted: Collection[str] = ()) -> list[str]:
    """Return the parts of a run without BENCH_ONLY. `wanted`: no others than these, if it is not empty.

    Raises:
        SystemExit: There is no such part.
    """
    if unknown := set(wanted) - set(PARTS):
        raise SystemExit(f"BENCH_PARTS: there is no part {', '.join(sorted(unknown))}")
    with_marks = {mark.part for mark in MARKS}
    return [
        name
        for name, part in PARTS.items()
        if (part.in_quick if is_quick else part.in_whole)
        and (not marked_only or name in with_marks)
        and (not wanted or name in wanted)
    ]


def left_out(measured: list[str]) -> list[str]:
    """Return the parts of a whole run that a run leaves out, with their content."""
    return [f"{name}: {part.what}" for name, part in PARTS.items() if part.in_whole and name not in measured]


__all__ = ["PARTS", "left_out", "names", "record", "run"]
