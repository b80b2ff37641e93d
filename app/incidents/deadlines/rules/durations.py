"""Durations of a case, in segments: who had it, and whether it waited, was offered, handled, checked or paused. Pure.

The segments follow from the stored changes of state and the attempts. Working time is that of `app.core.calendar`, on the
clock by which the handling limit of the case is measured.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from app.core import calendar as clocks
from app.core.calendar import Calendar, LimitUnit
from app.core.enumerations import Enumeration
from app.core.wording import counted, listed
from app.incidents.cases.rules.lifecycle import ENDED, WITH_HANDLER, Status
from app.incidents.deadlines.rules.stages import PAUSED_STATES

KINDS = Enumeration(
    "DurationKind",
    {
        "waiting": "nobody has the case or an offer of it",
        "offered": "workers have an offer, or a unit has the case in its queue; nobody has accepted it",
        "handled": "a worker has accepted the handling",
        "paused": "the case is deferred or on long-term hold",
        "checked": "a worker has accepted to verify or check it",
    },
)
_WORDS: Mapping[str, tuple[str, str]] = {
    # kind: (English after a duration, Chinese before it)
    "waiting": ("of waiting", "等待"),
    "offered": ("on offer", "派遣待接受"),
    "handled": ("of handling", "处置"),
    "paused": ("of pause", "暂停计时"),
    "checked": ("of verification or check", "核实或核查"),
}
# The role of the attempt that a state is about.
_ROLES: Mapping[Status, str] = {
    Status.VERIFYING: "verify",
    Status.CHECKING: "check",
    Status.DISPATCHED: "handle",
    **dict.fromkeys(WITH_HANDLER, "handle"),
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """A stored attempt to get one role of a case done.

    Attributes:
        worker: Who accepted it, or the only worker with an offer: `{id, name}`. None: a unit, or several workers.
    """

    role: str
    created_at: datetime
    accepted_at: datetime | None
    ended_at: datetime | None
    worker: Mapping[str, Any] | None
    unit: Mapping[str, Any] | None

    def is_active_at(self, at: datetime) -> bool:
        """Return True if the attempt has begun and has not ended."""
        return self.created_at <= at and (self.ended_at is None or at < self.ended_at)


@dataclass(frozen=True, slots=True)
class Segment:
    """A period in which a case was in one kind of hands. `ends_at` is None if it has not ended.

    Attributes:
        time: Its length, for an open segment until the time of the answer.
        working_time: The time that the clock of the handling limit runs in it.
    """

    kind: str
    begins_at: datetime
    ends_at: datetime | None
    worker: Mapping[str, Any] | None = None
    unit: Mapping[str, Any] | None = None
    time: timedelta = timedelta(0)
    working_time: timedelta = timedelta(0)


def segments(
    changes: Iterable[tuple[str, datetime]],
    attempts: Sequence[Attempt],
    *,
    now: datetime,
    unit: LimitUnit,
    calendar: Calendar,
) -> list[Segment]:
    """Return the segments of a case, oldest first. The time between an end and a reopening is in none of them.

    Args:
        changes: The states that the case got, with their times, in the order of the history.
        unit: The unit of the handling limit; its clock measures the working time.
    """
    merged: list[Segment] = []
    for status, begins_at, ends_at in _stays(changes):
        if status in ENDED:
            continue
        # A case that was reported this instant has a segment, too.
        cuts = _cuts(attempts, begins_at, max(now, begins_at) if ends_at is None else ends_at)
        for start, end in pairwise(cuts if len(cuts) > 1 or ends_at else cuts * 2):
            segment = _segment(status, attempts, start, end)
            previous = merged[-1] if merged else None
            if previous and previous.ends_at == start and _is_same(previous, segment):
                merged[-1] = replace(previous, ends_at=end)
            else:
                merged.append(segment)
        if ends_at is None and merged:
            merged[-1] = replace(merged[-1], ends_at=None)
    return [_measured(segment, now, unit, calendar) for segment in merged]


def _stays(changes: Iterable[tuple[str, datetime]]) -> list[tuple[Status, datetime, datetime | None]]:
    """Return (state, from, until) of each state of a case; `until` of the last one is None."""
    ordered: list[tuple[Status, datetime]] = []
    for status, at in changes:
        # Work that a phone sends later was done before the last stored change: periods must not overlap.
        ordered.append((Status(status), max(at, ordered[-1][1]) if ordered else at))
    ends: list[datetime | None] = [at for _, at in ordered[1:]]
    return [(status, at, until) for (status, at), until in zip(ordered, [*ends, None], strict=True)]


def _cuts(attempts: Iterable[Attempt], begins_at: datetime, ends_at: datetime) -> list[datetime]:
    """Return the ends of a period, and the instants within it at which somebody got or lost the case."""
    moments = {begins_at, ends_at}
    for attempt in attempts:
        for moment in (attempt.created_at, attempt.accepted_at, attempt.ended_at):
            if moment is not None and begins_at < moment < ends_at:
                moments.add(moment)
    return sorted(moments)


def _segment(status: Status, attempts: Iterable[Attempt], start: datetime, end: datetime) -> Segment:
    role = _ROLES.get(status, "handle")
    active = [attempt for attempt in attempts if attempt.role == role and attempt.is_active_at(start)]
    attempt = max(active, key=lambda a: a.created_at, default=None)
    if status in PAUSED_STATES:
        return Segment("paused", start, end)
    if status in WITH_HANDLER:
        return _held(Segment("handled", start, end), attempt)
    if status not in _ROLES or attempt is None:
        return Segment("waiting", start, end)
    if status is not Status.DISPATCHED and attempt.accepted_at is not None and attempt.accepted_at <= start:
        return _held(Segment("checked", start, end), attempt)
    # Until then the work stood in the queue of the unit.
    return replace(
        Segment("offered", start, end), worker=None if attempt.unit else attempt.worker, unit=attempt.unit
    )


def _held(segment: Segment, attempt: Attempt | None) -> Segment:
    return replace(segment, worker=attempt.worker, unit=attempt.unit) if attempt else segment


def _is_same(earlier: Segment, later: Segment) -> bool:
    return (earlier.kind, earlier.worker, earlier.unit) == (later.kind, later.worker, later.unit)


def _measured(segment: Segment, now: datetime, unit: LimitUnit, calendar: Calendar) -> Segment:
    until = segment.ends_at or now
    working_time = clocks.time_spent(segment.begins_at, until, unit, calendar)
    return replace(segment, time=until - segment.begins_at, working_time=working_time)


def time_by_kind(parts: Iterable[Segment]) -> dict[str, tuple[timedelta, timedelta]]:
    """Return (time, working time) of each kind that occurs, in the order of KINDS."""
    sums: dict[str, tuple[timedelta, timedelta]] = {}
    for part in parts:
        time, working_time = sums.get(part.kind, (timedelta(0), timedelta(0)))
        sums[part.kind] = (time + part.time, working_time + part.working_time)
    return {kind: sums[kind] for kind in KINDS if kind in sums}


def longest(parts: Sequence[Segment]) -> Segment | None:
    """Return the segment that took the most working time; of equal ones the one with the most time, then the first."""
    return max(parts, key=lambda part: (part.working_time, part.time), default=None)


def duration_sentences(parts: Sequence[Segment], *, is_open: bool) -> dict[str, str]:
    """Return the text `{en, zh}` why a case took or takes so long.

    Times are calendar time. If the clock of the handling limit did not run all the time, the text says which time it means.
    Kinds that took less than a minute are left out.
    """
    total = sum((part.time for part in parts), timedelta(0))
    is_mixed = total != sum((part.working_time for part in parts), timedelta(0))
    taken = ("has taken", "至今用时") if is_open else ("took", "共用时")
    by_calendar = (" by the calendar", "（自然时间）") if is_mixed else ("", "")
    english, chinese = in_units(total)
    detail = _detail(parts, is_mixed=is_mixed) if has_minutes(total) else ("", "")
    return {
        "en": f"The case {taken[0]} {english}{by_calendar[0] if detail[0] else ''}{detail[0]}.",
        "zh": f"案卷{taken[1]}{chinese}{by_calendar[1] if detail[1] else ''}{detail[1]}。",
    }


def _detail(parts: Sequence[Segment], *, is_mixed: bool) -> tuple[str, str]:
    """Return the part of the sentence after the whole time, (English, Chinese): sums by kind, and the longest segment."""
    sums = [
        (_WORDS[kind], in_units(time)) for kind, (time, _) in time_by_kind(parts).items() if has_minutes(time)
    ]
    longest_part = longest(parts)
    if not sums or longest_part is None:
        return "", ""
    words, names = _WORDS[longest_part.kind], _holder_names(longest_part)
    if len([part for part in parts if has_minutes(part.time)]) == 1:
        working = in_units(longest_part.working_time)
        of_it = (f"; {working[0]} of it is working time", f"，其中工作时间{working[1]}")
        if not longest_part.working_time:
            of_it = ("; none of it is working time", "，均不在工作时间内")
        return (
            f", all of it {words[0].removeprefix('of ')}{names[0]}{of_it[0] if is_mixed else ''}",
            f"，均为{names[1]}{words[1]}{of_it[1] if is_mixed else ''}",
        )
    english = listed([f"{time[0]} {kind_words[0]}" for kind_words, time in sums], "en")
    chinese = listed([f"{kind_words[1]}{time[1]}" for kind_words, time in sums], "zh")
    in_calendar, in_work = in_units(longest_part.time), in_units(longest_part.working_time)
    if not is_mixed:
        return (
            f": {english}; the longest part is {in_calendar[0]} {words[0]}{names[0]}",
            f"：{chinese}；最长的一段是{names[1]}{words[1]}{in_calendar[1]}",
        )
    if not longest_part.working_time:
        return (
            f": {english}; the longest part is {in_calendar[0]} {words[0]}{names[0]}, outside working time",
            f"：{chinese}；最长的一段是{names[1]}{words[1]}{in_calendar[1]}，不在工作时间内",
        )
    return (
        f": {english}; the longest part in working time is {in_work[0]} {words[0]}{names[0]} "
        f"({in_calendar[0]} by the calendar)",
        f"：{chinese}；按工作时间最长的一段是{names[1]}{words[1]}{in_work[1]}（自然时间{in_calendar[1]}）",
    )


def has_minutes(time: timedelta) -> bool:
    """Return True if a duration is a minute or longer, when rounded to minutes."""
    return round(time.total_seconds() / 60) > 0


def in_units(time: timedelta) -> tuple[str, str]:
    """Return a duration in words, (English, Chinese): its two largest units of days, hours and minutes."""
    minutes = round(time.total_seconds() / 60)
    if minutes == 0:
        return "less than a minute", "不到1分钟"
    days, rest = divmod(minutes, clocks.MINUTES_A_DAY)
    units = (
        (days, "day", "days", "天"),
        (rest // 60, "hour", "hours", "小时"),
        (rest % 60, "minute", "minutes", "分钟"),
    )
    first = next(index for index, (number, *_) in enumerate(units) if number)
    parts = [part for part in units[first : first + 2] if part[0]]
    return (
        " ".join(counted(number, singular, plural) for number, singular, plural, _ in parts),
        "".join(f"{number}{chinese}" for number, _, _, chinese in parts),
    )


def _holder_names(part: Segment) -> tuple[str, str]:
    """Return who had the case in a segment, for the sentence, (English, Chinese)."""
    if part.worker is None and part.unit is None:
        return "", ""
    preposition = " to " if part.kind == "offered" else " by "
    if part.worker is not None:
        return f"{preposition}{part.worker['name']}", f"{part.worker['name']}"
    name = part.unit["name"] if part.unit else {}
    return f"{preposition}{name['en']}", name["zh"]
