"""Figures as a table for a terminal. Pure."""

from collections.abc import Mapping, Sequence
from math import inf, isinf
from statistics import fmean

from app.simulation.rules.figures import Figures

_COLUMNS = ("policy", "to offer", "to accept", "to scene", "missed", "share", "km", "Gini", "max/mean",
            "done", "assigned", "unassigned")  # fmt: skip


def table(of_policy: Mapping[str, Sequence[Figures]]) -> list[str]:
    """One line for each policy, means over its runs; waits as p50 / p90."""
    rows = [_COLUMNS, *(_row(policy, runs) for policy, runs in of_policy.items())]
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
    missed = [one.missed for one in runs]
    return (
        policy,
        *(_waits([getattr(one, name) for one in runs]) for name in ("to_offer", "to_accept", "to_scene")),
        f"{fmean(missed):.1f} of {fmean(one.judged for one in runs):.0f}"
        + (f" ({min(missed)}-{max(missed)})" if len(runs) > 1 else ""),
        f"{fmean(one.miss_share for one in runs):.1%}",
        f"{fmean(one.km for one in runs):.1f}",
        f"{fmean(one.load_gini for one in runs):.2f}",
        f"{fmean(one.load_max_mean for one in runs):.1f}",
        f"{fmean(one.done for one in runs):.1f}",
        f"{fmean(one.assigned for one in runs):.1f}",
        f"{fmean(one.unassigned for one in runs):.1f}",
    )


def _waits(runs: Sequence[Mapping[int, float]]) -> str:
    return " / ".join(span(mean([one[share] for one in runs])) for share in (50, 90))


def mean(values: Sequence[float]) -> float:
    return inf if any(isinf(v) for v in values) else fmean(values)


def span(seconds: float) -> str:
    """`0:45` minutes and seconds, `3 h 05` from an hour on; `never` where most never got there."""
    if isinf(seconds):
        return "never"
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02}"
    return f"{whole // 60}:{whole % 60:02}"


def reasons(of_policy: Mapping[str, Sequence[Figures]]) -> list[str]:
    """Why cases are with nobody at the end, a line for each policy that has any."""
    lines = []
    for policy, runs in of_policy.items():
        codes = sorted({code for one in runs for code in one.reasons})
        said = ", ".join(f"{code} {fmean(one.reasons.get(code, 0) for one in runs):.1f}" for code in codes)
        lines.append(f"{policy}: {said or 'none'}")
    return lines
