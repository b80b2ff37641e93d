"""Rules of rosters: the period, and the hours in which a grid needs a worker. Pure."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.core.errors import invalid_field

# The longest period of a roster.
ROSTER_DAYS = 31
ROSTER_SHOWN = timedelta(days=7)
# A worker who comes within this time after the start of the shift is on time.
LATE_AFTER = timedelta(minutes=10)

_HOURS = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})\Z", re.ASCII)
_DAY = timedelta(days=1)

Span = tuple[datetime, datetime]


def period(since: datetime | None, until: datetime | None, now: datetime) -> Span:
    """Return the period of a roster, by default a week from now.

    Raises:
        Invalid: The period is longer than a month, or `until` is not after `since`.
    """
    since = since or now
    until = until or since + ROSTER_SHOWN
    if until <= since:
        raise invalid_field("until", "not_after_since")
    if until - since > timedelta(days=ROSTER_DAYS):
        raise invalid_field("until", "out_of_range")
    return since, until


def windows(since: datetime, until: datetime, hours: str | None, zone: ZoneInfo) -> list[Span]:
    """Return the time spans in [since, until) in which grids need a worker, in order.

    Args:
        hours: "HH:MM-HH:MM" of each local day; an end at or before the start is on the next day. None: all the time.
        zone: Time zone of `hours`.

    Raises:
        Invalid: `hours` has another form or is out of range.
    """
    if hours is None:
        return [(since, until)]
    match = _HOURS.match(hours)
    if match is None:
        raise invalid_field("hours", "invalid")
    first, first_minute, last, last_minute = map(int, match.groups())
    start = timedelta(hours=first, minutes=first_minute)
    end = timedelta(hours=last, minutes=last_minute)
    if start >= _DAY or end > _DAY or first_minute > 59 or last_minute > 59:
        raise invalid_field("hours", "invalid")
    if end <= start:
        end += _DAY
    spans: list[Span] = []
    day = datetime.combine(since.astimezone(zone).date() - _DAY, time())
    while day <= until.astimezone(zone).replace(tzinfo=None):
        span = [(day + at).replace(tzinfo=zone).astimezone(UTC) for at in (start, end)]
        clipped = max(span[0], since), min(span[1], until)
        if clipped[0] < clipped[1]:
            spans.append(clipped)
        day += _DAY
    return spans
