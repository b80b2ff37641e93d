"""A picture with charts of simulated days.

It needs matplotlib, which is not installed with the server: `bin/setup --picture`.
"""

import logging
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean
from typing import Any

from app.simulation.rules.incidents import HANDLE
from app.simulation.service.day_loader import LoadedDay, NoDay, SimulationRequest
from app.simulation.service.runner import Result

_COLOURS = {"nearest-free": "#8a8a8a", "tier0": "#e08214", "tier0+1": "#2166ac"}


def require() -> None:
    """Check, before a long simulation, that a picture can be drawn at its end.

    Raises:
        NoDay: matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        raise NoDay("A picture needs matplotlib. Run bin/setup --picture in the folder of Gridward.")


def draw(file: Path, day: LoadedDay, request: SimulationRequest, results: Sequence[Result]) -> None:
    """Draw a picture with three charts that compare the policies, over all seeds.

    The charts show missed deadlines, times from report to arrival, and the work taken by each worker.
    """
    logging.getLogger("matplotlib").setLevel(logging.WARNING)  # how it finds fonts is of no interest
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    # The same figures give the same bytes.
    with rc_context({"svg.hashsalt": "gridward", "font.size": 9}):
        figure = Figure(figsize=(10, 3.4), layout="constrained")
        bars, waits, loads = figure.subplots(1, 3)
        for n, policy in enumerate(request.policies):
            runs = [result for result in results if result.policy == policy]
            _missed(bars, n, policy, runs)
            _waits(waits, policy, runs)
            _loads(loads, policy, runs)
        bars.set(title="Deadlines missed", ylabel="share of cases due")
        bars.set_xticks(range(len(request.policies)), request.policies)
        bars.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        waits.set(title="From report to somebody there", xlabel="minutes", ylabel="share of cases")
        waits.set(xlim=(0, 240), ylim=(0, 1))
        waits.legend(frameon=False)
        loads.set(title="Work taken by each worker", xlabel="workers, busiest first", ylabel="pieces of work")
        loads.set_ylim(bottom=0)
        figure.suptitle(
            f"{day.day}: storm x{request.storm:g}, {request.absent:.0%} absent, {_seeds(results)} seeds"
        )
        figure.savefig(file, dpi=150, metadata=_metadata_without_date(file))


def _seeds(results: Sequence[Result]) -> int:
    return len({result.seed for result in results})


def _metadata_without_date(file: Path) -> dict[str, Any]:
    return (
        {"Date": None} if file.suffix == ".svg" else {"CreationDate": None} if file.suffix == ".pdf" else {}
    )


def _missed(axes: Any, n: int, policy: str, runs: Sequence[Result]) -> None:
    shares = [result.figures.miss_share for result in runs]
    axes.bar(n, fmean(shares), width=0.6, color=_COLOURS[policy])
    axes.plot([n] * len(shares), shares, "k.", markersize=3, alpha=0.6)


def _waits(axes: Any, policy: str, runs: Sequence[Result]) -> None:
    cases = [t for result in runs for t in result.lived.tasks if t.role == HANDLE and t.state != "apart"]
    minutes = sorted((t.arrived_at - t.since) / 60 for t in cases if t.arrived_at is not None)
    shares = [(k + 1) / max(len(cases), 1) for k in range(len(minutes))]
    axes.step([0, *minutes], [0, *shares], where="post", color=_COLOURS[policy], label=policy)


def _loads(axes: Any, policy: str, runs: Sequence[Result]) -> None:
    days = [
        sorted((s.taken for s in result.lived.workers.values() if s.person.worker.spans), reverse=True)
        for result in runs
    ]
    axes.step(
        range(len(days[0])),
        [fmean(loads_at_rank) for loads_at_rank in zip(*days, strict=True)],
        where="mid",
        color=_COLOURS[policy],
    )
