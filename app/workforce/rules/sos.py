"""Rules of calls for help: time and place of a call, and who is notified and when. Pure.

Wrong values are corrected or dropped. They never cause a call to be refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.workforce.rules.fixes import Fix
from app.workforce.rules.positions import clock_shift, corrected, place_of

# Chiefs and supervisors of the caller's areas; then supervisors of everything; then administrators.
WAVES = (("chief", "substitute", "supervisor"), ("everywhere",), ("admin",))
LAST_WAVE = len(WAVES) - 1
# A shorter delay is the travel time of the message.
LATE_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account that may be notified of a call for help.

    Attributes:
        reason: chief, substitute, supervisor (of the caller's areas), everywhere (supervisor of all areas), or admin.
    """

    account_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """An account that is notified of a call for help, with the reason and the wave.

    A wave is one group of accounts that are notified together.
    """

    account_id: UUID
    reason: str
    wave: int


def next_wave(candidates: Sequence[Candidate], *, after: int) -> tuple[int, list[Recipient]]:
    """Return (number of the next group to notify of a call for help, all recipients up to it).

    A wave is a group of accounts that are notified together; waves without candidates are skipped. Recipients of earlier
    waves are returned too, because an account may have become a candidate since.

    Args:
        after: The last wave that was notified; -1: none.

    Returns:
        The number is `after` if there are no candidates at all, so that the wave is tried again later. It is the last wave
        if all candidates belong to earlier waves.
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
    """Return the time of a call for help by the server's clock. It is never in the future.

    Args:
        at: The time by the device's clock; None: unknown.
        sent_at: When the message was sent, by the device's clock; None: the device's clock is right.
    """
    if at is None:
        return received_at
    shift = clock_shift(sent_at, received_at) if sent_at is not None else timedelta(0)
    return min(corrected(at, shift), received_at)


def place(
    lon: float | None, lat: float | None, accuracy_m: float | None, coord_sys: str
) -> tuple[float, float, float | None] | None:
    """Return (longitude, latitude, accuracy in metres) of a call in WGS 84, or None if unusable.

    Longitude and latitude of 0 mean that the device had no position. An accuracy that is negative or infinite becomes None.
    """
    if lon is None or lat is None or (abs(lon) < 1e-6 and abs(lat) < 1e-6):
        return None
    point = place_of(Fix(datetime.min, lon, lat, coord_sys=coord_sys))
    if point is None:
        return None
    return *point, accuracy_m if accuracy_m is not None and 0 <= accuracy_m < float("inf") else None
