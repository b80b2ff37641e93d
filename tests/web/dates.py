"""Instants as the pages show them: "28 Nov 14:05", "11月28日 14:05"; with the year if it is not the present one."""

from datetime import datetime

from app.core import clock


def shown_time(at: datetime, language: str = "zh-CN") -> str:
    """Return the text of an instant. `at`: local time of the city."""
    is_this_year = at.year == clock.now().astimezone(at.tzinfo).year
    if language == "en":
        month = f"{at:%b}".replace("Sep", "Sept")
        return f"{at.day} {month} {'' if is_this_year else f'{at.year} '}{at:%H:%M}"
    return f"{'' if is_this_year else f'{at.year}年'}{at.month}月{at.day}日 {at:%H:%M}"
