"""Use cases of simulations: load a day, simulate it under each policy, write the results."""

from app.simulation.service.day_loader import LoadedDay, NoDay, SimulationRequest, load, snapshot
from app.simulation.service.result_files import as_json, header, missed_csv, results_csv
from app.simulation.service.runner import Prepared, Result, prepare, run

__all__ = [
    "LoadedDay",
    "NoDay",
    "Prepared",
    "Result",
    "SimulationRequest",
    "as_json",
    "header",
    "load",
    "missed_csv",
    "prepare",
    "results_csv",
    "run",
    "snapshot",
]
