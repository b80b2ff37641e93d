"""A call for help: when it was raised, from where, and who is told first and next. It is never refused for its values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.workforce.rules.positions import Fix, clock_shift, corrected, place_of

# Chiefs and supervisors of her path; then supervisors of everything; then administrators.
WAVES = (("chief", "substitute", "supervisor"), ("everywhere",), ("admin",))
LAST_WAVE = len(WAVES) - 1
# Less is the travel time of the message.
LATE_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be told. `reason`: chief, substitute, supervisor (all on her path), everywhere, admin."""

    account_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody who is told, why, and in which wave."""

    account_id: UUID
    reason: str
    wave: int


def to_tell(candidates: Sequence[Candidate], *, after: int) -> tuple[int, list[Told]]:
    """The next wave after `after` (-1: none yet) in which there is anybody, and all who stand in it or before.

    The earlier ones are among them because somebody may have come since. Nobody at all: the wave stays, to be asked
    for again; nobody further up: the last one.
    """
    wave_of = {reason: n for n, reasons in enumerate(WAVES) for reason in reasons}
    recipients: dict[UUID, Told] = {}
    for candidate in sorted(
        candidates, key=lambda c: (wave_of[c.reason], WAVES[wave_of[c.reason]].index(c.reason))
    ):
        reason = "supervisor" if candidate.reason == "everywhere" else candidate.reason
        recipients.setdefault(
            candidate.account_id, Told(candidate.account_id, reason, wave_of[candidate.reason])
        )
    if not recipients:
        return after, []
    wave = min(
        (recipient.wave for recipient in recipients.values() if recipient.wave > after), default=LAST_WAVE
    )
    return wave, [recipient for recipient in recipients.values() if recipient.wave <= wave]


def raised_at(at: datetime | None, sent_at: datetime | None, received_at: datetime) -> datetime:
    """When she called, by our clock; never in the future."""
    if at is None:
        return received_at
    shift = clock_shift(sent_at, received_at) if sent_at is not None else timedelta(0)
    return min(corrected(at, shift), received_at)


def place(
    lon: float | None, lat: float | None, accuracy_m: float | None, coord_sys: str
) -> tuple[float, float, float | None] | None:
    """Degrees in WGS 84 and metres; None if the phone knew no place that makes sense."""
    if lon is None or lat is None or (abs(lon) < 1e-6 and abs(lat) < 1e-6):
        return None
    point = place_of(Fix(datetime.min, lon, lat, coord_sys=coord_sys))
    if point is None:
        return None
    return *point, accuracy_m if accuracy_m is not None and 0 <= accuracy_m < float("inf") else None
