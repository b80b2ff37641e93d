"""Use cases of simulations: load a day, live it under each policy, tell what came of it."""

from app.simulation.service.loading import Loaded, NoDay, Wish, load, snapshot
from app.simulation.service.running import Prepared, Result, prepare, run
from app.simulation.service.telling import as_json, header, missed_csv, results_csv

__all__ = [
    "Loaded",
    "NoDay",
    "Prepared",
    "Result",
    "Wish",
    "as_json",
    "header",
    "load",
    "missed_csv",
    "prepare",
    "results_csv",
    "run",
    "snapshot",
]
