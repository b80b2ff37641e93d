"""Use cases of the workforce: workers, duty, shifts, positions, substitutes, calls for help."""

from app.workforce.rules.fixes import Fix
from app.workforce.service.direction import directed_workers, require_director
from app.workforce.service.duty import duties, end_duty, set_duty, start_duty
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
    change_shift,
    end_responsibility,
    finish_responsibility,
    plan_shift,
    responsibilities,
    set_responsibility,
    shifts,
)
from app.workforce.service.positions import (
    count_positions,
    disclose_duty_tracks,
    disclose_track,
    duty_tracks,
    locate_workers,
    own_track,
    take_fixes,
    take_positions,
)
from app.workforce.service.roster import export_shifts, import_shifts, on_duty, roster
from app.workforce.service.sos import (
    acknowledge_sos,
    close_sos,
    erase_sos_place,
    escalate_sos,
    raise_sos,
    sos_call,
    sos_calls,
    sos_with_place,
    unanswered_sos,
)
from app.workforce.service.substitutes import (
    Substituted,
    end_substitution,
    substitute,
    substitutions,
)
from app.workforce.service.track_partitions import drop_old_partitions, prepare_partitions
from app.workforce.service.tracks import drop_old_tracks, duties_to_trace, trace_duty
from app.workforce.service.workers import change_worker, create_worker, enrol_worker, worker, workers

__all__ = [
    "Fix",
    "Substituted",
    "acknowledge_sos",
    "add_responsibility",
    "cancel_shift",
    "change_shift",
    "change_worker",
    "close_sos",
    "count_positions",
    "create_worker",
    "directed_workers",
    "disclose_duty_tracks",
    "disclose_track",
    "drop_old_partitions",
    "drop_old_tracks",
    "duties",
    "duties_to_trace",
    "duty_tracks",
    "end_duty",
    "end_responsibility",
    "end_substitution",
    "enrol_worker",
    "erase_sos_place",
    "escalate_sos",
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
    "raise_sos",
    "require_director",
    "responsibilities",
    "revoke_ingest_token",
    "revoke_own_ingest_token",
    "roster",
    "set_duty",
    "set_responsibility",
    "shifts",
    "sos_call",
    "sos_calls",
    "sos_with_place",
    "start_duty",
    "substitute",
    "substitutions",
    "take_fixes",
    "take_positions",
    "trace_duty",
    "unanswered_sos",
    "worker",
    "workers",
]
