"""Use cases of the workforce."""

from app.workforce.service.duty import duties, end_duty, set_duty, start_duty
from app.workforce.service.partitions import drop_old_partitions, prepare_partitions
from app.workforce.service.phones import (
    ingest_tokens,
    make_ingest_token,
    own_ingest_tokens,
    revoke_ingest_token,
    revoke_own_ingest_token,
)
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
from app.workforce.service.positions import (
    count_positions,
    disclose_track,
    locate_workers,
    own_track,
    take_fixes,
    take_positions,
)
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
    "count_positions",
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
    "ingest_tokens",
    "locate_workers",
    "make_ingest_token",
    "on_duty",
    "own_ingest_tokens",
    "own_track",
    "plan_shift",
    "prepare_partitions",
    "responsibilities",
    "revoke_ingest_token",
    "revoke_own_ingest_token",
    "roster",
    "set_duty",
    "set_responsibility",
    "shifts",
    "start_duty",
    "substitute",
    "substitutions",
    "take_fixes",
    "take_positions",
    "worker",
    "workers",
]
