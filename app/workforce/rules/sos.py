"""A call for help: when it was raised, from where, and who is notified first and next. No value makes it refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.workforce.rules.positions import Fix, clock_shift, corrected, place_of

# Chiefs and supervisors of the caller's areas; then supervisors of everything; then administrators.
WAVES = (("chief", "substitute", "supervisor"), ("everywhere",), ("admin",))
LAST_WAVE = len(WAVES) - 1
# A shorter delay is the travel time of the message.
LATE_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account that may be notified. `reason`: chief, substitute, supervisor (of the caller's areas), everywhere, admin."""

    account_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """An account that is notified, the reason, and its wave."""

    account_id: UUID
    reason: str
    wave: int


def next_wave(candidates: Sequence[Candidate], *, after: int) -> tuple[int, list[Recipient]]:
    """Return the next wave that has candidates, and the recipients of this and of all earlier waves.

    Recipients of earlier waves are among them because an account may have become a candidate since.

    Args:
        after: The last wave that was notified; -1: none.

    Returns:
        `after` if there is no candidate at all, so that the wave is tried again. The last wave if none is left.
    """
    wave_of = {reason: n for n, reasons in enumerate(WAVES) for reason in reasons}
    recipients: dict[UUID, Recipient] = {}
    for candidate in sorted(
        candidates, key=lambda c: (wave_of[c.reason], WAVES[wave_of[c.reason]].index(c.reason))
    ):
        reason = "supervisor" if candidate.reason == "everywhere" else candidate.reason
        recipients.setdefault(
            candidate.account_id, Recipient(candidate.account_id, reason, wave_of[candidate.reason])
        )
    if not recipients:
        return after, []
    wave = min(
        (recipient.wave for recipient in recipients.values() if recipient.wave > after), default=LAST_WAVE
    )
    return wave, [recipient for recipient in recipients.values() if recipient.wave <= wave]


def raised_at(at: datetime | None, sent_at: datetime | None, received_at: datetime) -> datetime:
    """Return the instant of the call by the server's clock, which is never in the future.

    Args:
        at: The instant by the device's clock; None: unknown.
        sent_at: When the message was sent, by the same clock; None: the device's clock is right.
    """
    if at is None:
        return received_at
    shift = clock_shift(sent_at, received_at) if sent_at is not None else timedelta(0)
    return min(corrected(at, shift), received_at)


def place(
    lon: float | None, lat: float | None, accuracy_m: float | None, coord_sys: str
) -> tuple[float, float, float | None] | None:
    """Return longitude, latitude (WGS 84) and accuracy in metres, or None if the device had no usable place.

    Longitude and latitude of 0 mean that the device had no fix. An accuracy that is negative or infinite becomes None.
    """
    if lon is None or lat is None or (abs(lon) < 1e-6 and abs(lat) < 1e-6):
        return None
    point = place_of(Fix(datetime.min, lon, lat, coord_sys=coord_sys))
    if point is None:
        return None
    return *point, accuracy_m if accuracy_m is not None and 0 <= accuracy_m < float("inf") else None
