"""Promises of the rules and how well they are kept: deadlines by category, and the share of cases handled on time."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from app.core import clock
from app.profiles.rules.profile import Category
from app.profiles.rules.setting_words import amount_words
from app.public.queries import promises as queries
from app.public.service.cases import city_binds
from app.public.service.city import PublicCity

DAYS = 90
# A share of fewer cases says more about the cases than about the work.
LEAST = 5


@dataclass(frozen=True, slots=True)
class Promise:
    """The deadline of a category, and how it was kept in the last 90 days.

    Attributes:
        limit: The shortest deadline for handling of the category's conditions, in words by language.
        due: Number of cases whose deadline ended; None: fewer than five, or the category is not public.
        on_time_percent: Share of them that were handled on time; None as `due`.
    """

    category: Category
    limit: dict[str, str]
    due: int | None
    on_time_percent: int | None


@dataclass(frozen=True, slots=True)
class ReporterAnswers:
    """Answers of reporters about the public cases of the last 90 days that have ended.

    Attributes:
        ended: Number of cases whose reporters can rate the end.
        rated: Number of these that were rated.
        solved_percent: Share of the rated that all reporters call solved; None: fewer than five were rated.
        satisfied_percent: Share of the cases with a score whose lowest score is 4 or 5; None: fewer than five have one.
    """

    ended: int
    rated: int
    solved_percent: int | None
    satisfied_percent: int | None

    @property
    def unanswered(self) -> int:
        return self.ended - self.rated


def reporter_answers(session: Session, city: PublicCity) -> ReporterAnswers | None:
    """Return what reporters said, or None if fewer than five were asked or rated."""
    row = queries.answers(session, city_binds(city), since=clock.now() - timedelta(days=DAYS))
    if row["asked"] < LEAST or row["answered"] < LEAST:
        return None
    return ReporterAnswers(
        ended=row["asked"],
        rated=row["answered"],
        solved_percent=_percent(row["solved"], row["answered"]),
        satisfied_percent=_percent(row["satisfied"], row["scored"]),
    )


def _percent(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole >= LEAST else None


def promises(session: Session, city: PublicCity) -> list[Promise]:
    """Return the deadlines of all categories, in the order of the profile."""
    rows = queries.punctuality(session, city_binds(city), since=clock.now() - timedelta(days=DAYS))
    by_category = {row["category"]: row for row in rows}
    result = []
    for category in city.categories:
        limit = category.condition().limit
        english, chinese = amount_words({"unit": limit.unit.value, "amount": limit.amount})
        row = by_category.get(category.code)
        is_shown = row is not None and row["due"] >= LEAST
        due = row["due"] if row is not None and is_shown else None
        percent = round(100 * row["on_time"] / row["due"]) if row is not None and is_shown else None
        result.append(Promise(category, {"zh": chinese, "en": english}, due, percent))
    return result
