"""When duty may be recorded, and how a worker's version and her state of the moment make one tag."""

from datetime import datetime, timedelta
from zlib import crc32

from app.core.errors import Invalid, invalid_field

# How far back a forgotten start or end may be entered.
BACKDATE_LIMIT = timedelta(hours=24)
# Clocks of phones run ahead a little; such an instant counts as now.
FUTURE_TOLERANCE = timedelta(minutes=2)

_STATE_BITS = 32


def instant_of_duty(at: datetime | None, now: datetime) -> datetime:
    """The instant at which duty starts or ends: now, or one in the near past."""
    if at is None:
        return now
    if at > now + FUTURE_TOLERANCE:
        raise Invalid("duty_in_future")
    if at < now - BACKDATE_LIMIT:
        raise Invalid("duty_backdated_too_far", hours=int(BACKDATE_LIMIT.total_seconds() // 3600))
    return min(at, now)


def require_after(since: datetime, until: datetime | None) -> None:
    """Refuse a period that ends before it begins."""
    if until is not None and until <= since:
        raise invalid_field("until", "not_after_since")


def tag_of(version: int, state: bytes) -> int:
    """An ETag that changes with the version and with what changes without it (duty, load, grids)."""
    return version << _STATE_BITS | crc32(state)


def version_of(tag: int | None) -> int | None:
    """The version in a tag of `tag_of`; a bare version is taken as one."""
    return tag if tag is None or tag >> _STATE_BITS == 0 else tag >> _STATE_BITS
