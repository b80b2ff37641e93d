"""Formatting of the statistics of simulated days as a table for a terminal. Pure."""

from collections.abc import Mapping, Sequence
from math import inf, isinf
from statistics import fmean

from app.simulation.rules.figures import Figures

_COLUMNS = ("policy", "to offer", "to accept", "to scene", "missed", "share", "km", "Gini", "max/mean",
            "done", "assigned", "unassigned")  # fmt: skip


def table(figures_by_policy: Mapping[str, Sequence[Figures]]) -> list[str]:
    """Return the lines of a table of statistics, with one line for each policy.

    Statistics are means over the runs of a policy. Waiting times are shown as median / 90th percentile.
    """
    rows = [_COLUMNS, *(_row(policy, runs) for policy, runs in figures_by_policy.items())]
    widths = [max(len(row[n]) for row in rows) for n in range(len(_COLUMNS))]
    lines = [
        "  ".join(
            cell.ljust(width) if n == 0 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return [lines[0], "-" * len(lines[0]), *lines[1:]]


def _row(policy: str, runs: Sequence[Figures]) -> tuple[str, ...]:
    missed = [run.missed for run in runs]
    return (
        policy,
        *(_waits([getattr(run, name) for run in runs]) for name in ("to_offer", "to_accept", "to_scene")),
        f"{fmean(missed):.1f} of {fmean(run.judged for run in runs):.0f}"
        + (f" ({min(missed)}-{max(missed)})" if len(runs) > 1 else ""),
        f"{fmean(run.miss_share for run in runs):.1%}",
        f"{fmean(run.km for run in runs):.1f}",
        f"{fmean(run.load_gini for run in runs):.2f}",
        f"{fmean(run.load_max_mean for run in runs):.1f}",
        f"{fmean(run.done for run in runs):.1f}",
        f"{fmean(run.assigned for run in runs):.1f}",
        f"{fmean(run.unassigned for run in runs):.1f}",
    )


def _waits(runs: Sequence[Mapping[int, float]]) -> str:
    return " / ".join(span(mean([run[share] for run in runs])) for share in (50, 90))


def mean(values: Sequence[float]) -> float:
    """Return the mean of the values; infinity if one of them is infinite."""
    return inf if any(isinf(v) for v in values) else fmean(values)


def span(seconds: float) -> str:
    """Return seconds as text: `0:45` (minutes, seconds), `3 h 05` from an hour on.

    Infinity is `never`.
    """
    if isinf(seconds):
        return "never"
    whole_s = round(seconds)
    if whole_s >= 3600:
        return f"{whole_s // 3600} h {whole_s % 3600 // 60:02}"
    return f"{whole_s // 60}:{whole_s % 60:02}"


def reasons(figures_by_policy: Mapping[str, Sequence[Figures]]) -> list[str]:
    """Return for each policy a line with the reasons why cases have no worker at the end."""
    lines = []
    for policy, runs in figures_by_policy.items():
        codes = sorted({code for run in runs for code in run.reasons})
        counts = ", ".join(f"{code} {fmean(run.reasons.get(code, 0) for run in runs):.1f}" for code in codes)
        lines.append(f"{policy}: {counts or 'none'}")
    return lines
