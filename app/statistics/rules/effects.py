"""The weeks before and after a version of the rules came into force, and the sentence about the figure in both. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.statistics.rules.periods import Days

_DAY = timedelta(days=1)
WEEKS_MOST = 26


@dataclass(frozen=True, slots=True)
class Windows:
    """Whole local days before and after an instant. The day that contains the instant is in neither.

    Attributes:
        before: As many weeks as were asked for.
        planned: The weeks after the instant.
        after: The days of `planned` up to today. None: the weeks have not begun.
        today: The local day of the count.
    """

    weeks: int
    before: Days
    planned: Days
    after: Days | None
    today: date

    @property
    def is_complete(self) -> bool:
        """Return True if the last of the weeks after is over."""
        return self.today > self.planned.last

    @property
    def days_counted(self) -> int:
        """Return the number of days of the weeks after that are counted."""
        return 0 if self.after is None else (self.after.last - self.after.first).days + 1

    @property
    def all_days(self) -> Days:
        """Return the days from the first one before to the last counted one."""
        return Days(self.before.first, (self.after or self.before).last)


def windows(in_force_from: datetime, zone: ZoneInfo, weeks: int, now: datetime) -> Windows:
    """Return the days of `weeks` weeks before and after an instant, in local days of a time zone.

    If the instant is a local midnight, its day is the first one after.
    """
    local = in_force_from.astimezone(zone)
    day, length = local.date(), timedelta(weeks=weeks)
    first = day if local.time() == time() else day + _DAY
    planned = Days(first, first + length - _DAY)
    today = now.astimezone(zone).date()
    after = Days(first, min(planned.last, today)) if first <= today else None
    return Windows(weeks, Days(day - length, day - _DAY), planned, after, today)


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure of some days: a count, or a rate with its parts.

    Attributes:
        part: The count; of a rate, its numerator.
        whole: Denominator of a rate. None: the figure is a count.
        unanswered: Of a rate of answers, the number of cases without an answer. None: it is no such rate.
    """

    part: int
    whole: int | None = None
    unanswered: int | None = None

    @property
    def value(self) -> float | None:
        """Return the rate, 0 to 1, or the count. None: the denominator is 0."""
        if self.whole is None:
            return self.part
        return round(self.part / self.whole, 6) if self.whole else None

    @property
    def size(self) -> int:
        """Return the number of cases that the figure speaks about."""
        return self.part if self.whole is None else self.whole


def effect_sentence(
    title: dict[str, str], number: int, days: Windows, before: Measured, after: Measured | None
) -> dict[str, str]:
    """Return a sentence in both languages on the figure before and after a version came into force.

    Args:
        title: Title of the figure by language.
        number: Number of the version.
    """
    weeks, last = days.weeks, days.planned.last
    weeks_en = "week" if weeks == 1 else f"{weeks} weeks"
    verb = "is" if weeks == 1 else "are"
    en = f"{title['en']}: {_english(before)} in the {weeks_en} before version {number}"
    zh = f"{title['zh']}：第 {number} 版生效前 {weeks} 周为{_chinese(before)}"
    if after is None:
        first = days.planned.first
        return {
            "en": f"{en}. The {weeks_en} after {verb} counted from {_english_day(first)} on.",
            "zh": f"{zh}；生效后的 {weeks} 周自 {first.isoformat()} 起统计。",
        }
    if days.is_complete:
        return {
            "en": f"{en}, {_english(after)} in the {weeks_en} after.",
            "zh": f"{zh}，生效后 {weeks} 周为{_chinese(after)}。",
        }
    total = 7 * weeks
    return {
        "en": f"{en}. The {weeks_en} after {verb} not over before the end of {_english_day(last)}: "
        f"{_english(after)} in the first {days.days_counted} of {total} days.",
        "zh": f"{zh}；生效后的 {weeks} 周到 {last.isoformat()} 才结束，目前 {total} 天中的前 {days.days_counted} 天为"
        f"{_chinese(after)}。",
    }


def _english(measured: Measured) -> str:
    if measured.whole is None:
        return "1 case" if measured.part == 1 else f"{measured.part} cases"
    if not measured.whole:
        return "no cases"
    return f"{_percent(measured)} ({measured.part} of {measured.whole}{_silent(measured, ', {} did not answer')})"


def _chinese(measured: Measured) -> str:
    if measured.whole is None:
        return f" {measured.part} 件"
    if not measured.whole:
        return "无案卷"
    return f" {_percent(measured)}（{measured.part}/{measured.whole}{_silent(measured, '，未评价 {} 件')}）"


def _percent(measured: Measured) -> str:
    return f"{100 * measured.part / (measured.whole or 1):.1f} %"


def _silent(measured: Measured, words: str) -> str:
    return "" if measured.unanswered is None else words.format(measured.unanswered)


def _english_day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def figure_title(definition: Any) -> dict[str, str]:
    """Return the title of a measure or rate by language."""
    return {"zh": definition.zh, "en": definition.en}
