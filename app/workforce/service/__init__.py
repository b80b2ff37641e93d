"""Use cases of the workforce."""

from app.workforce.service.duty import duties, end_duty, set_duty, start_duty
from app.workforce.service.partitions import drop_old_partitions, prepare_partitions
from app.workforce.service.plans import (
    add_responsibility,
    cancel_shift,
    end_responsibility,
    finish_responsibility,
    plan_shift,
    responsibilities,
    set_responsibility,
    shifts,
)
from app.workforce.service.positions import disclose_track, locate_workers, own_track, take_positions
from app.workforce.service.roster import export_shifts, import_shifts, on_duty, roster
from app.workforce.service.substitutes import (
    Substituted,
    end_substitution,
    substitute,
    substitutions,
)
from app.workforce.service.workers import change_worker, create_worker, enrol_worker, worker, workers

__all__ = [
    "Substituted",
    "add_responsibility",
    "cancel_shift",
    "change_worker",
    "create_worker",
    "disclose_track",
    "drop_old_partitions",
    "duties",
    "end_duty",
    "end_responsibility",
    "end_substitution",
    "enrol_worker",
    "export_shifts",
    "finish_responsibility",
    "import_shifts",
    "locate_workers",
    "on_duty",
    "own_track",
    "plan_shift",
    "prepare_partitions",
    "responsibilities",
    "roster",
    "set_duty",
    "set_responsibility",
    "shifts",
    "start_duty",
    "substitute",
    "substitutions",
    "take_positions",
    "worker",
    "workers",
]
