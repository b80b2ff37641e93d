"""Allowed times of changes of duty, and the `ETag` of a worker. Pure."""

from datetime import datetime, timedelta
from zlib import crc32

from app.core.errors import Invalid, invalid_field

# How far back a forgotten start or end may be entered.
BACKDATE_LIMIT = timedelta(hours=24)
# Clocks of phones run ahead a little; such an instant counts as now.
FUTURE_TOLERANCE = timedelta(minutes=2)

_STATE_BITS = 32


def instant_of_duty(at: datetime | None, now: datetime) -> datetime:
    """Return the time at which a change of duty takes effect: `at`, or now if it is None.

    Raises:
        Invalid: `at` is in the future or more than a day ago.
    """
    if at is None:
        return now
    if at > now + FUTURE_TOLERANCE:
        raise Invalid("duty_in_future")
    if at < now - BACKDATE_LIMIT:
        raise Invalid("duty_backdated_too_far", hours=int(BACKDATE_LIMIT.total_seconds() // 3600))
    return min(at, now)


def require_after(since: datetime, until: datetime | None) -> None:
    """Raise Invalid if a period does not end after it begins. `until` None: without end."""
    if until is not None and until <= since:
        raise invalid_field("until", "not_after_since")


def tag_of(version: int, state: bytes) -> int:
    """Return the `ETag` of a worker, made of the version and a hash of the present state.

    Duty, load and grids of a worker change without a new version, so the version alone is not enough.
    """
    return version << _STATE_BITS | crc32(state)


def version_of(tag: int | None) -> int | None:
    """Return the version contained in an `ETag` made by `tag_of`.

    A version without a hash is returned as it is.
    """
    return tag if tag is None or tag >> _STATE_BITS == 0 else tag >> _STATE_BITS
