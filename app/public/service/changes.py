"""Changes of the rules that their authors published: summary, cited public cases, the figure before and after."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.incidents.scope import reader_binds
from app.profiles import service as profiles
from app.public.queries import promises as queries
from app.public.scope import PublicStates
from app.public.service.cases import city_binds
from app.public.service.city import PublicCity
from app.public.service.promises import LEAST
from app.statistics import service as statistics

WEEKS = 4


@dataclass(frozen=True, slots=True)
class RuleChangeShown:
    """A published change of the rules.

    Attributes:
        summary: In plain words, by language.
        cited_cases: Number of cited cases that are public, or whose reporter's rating is cited. None: fewer than five, but
            at least one.
        signals: Number of cited signals of the server.
        effect: The figure before and after, over public cases. None: the author named none, or fewer than five cases
            count in one of the periods.
        is_too_small: The author named a figure of public cases, and too few cases count.
        in_force_until: From when a newer version applies; None: there is none.
    """

    number: int
    in_force_from: datetime
    in_force_until: datetime | None
    summary: dict[str, str]
    cited_cases: int | None
    signals: int
    effect: statistics.PublicEffect | None
    is_too_small: bool


def rule_changes(session: Session, city: PublicCity) -> list[RuleChangeShown]:
    """Return up to 20 published changes of the rules of a city, the newest first."""
    return [_shown(session, city, row) for row in profiles.published_changes(session, city.id)]


def _shown(session: Session, city: PublicCity, row: RowMapping) -> RuleChangeShown:
    cited = queries.cited(session, city_binds(city), case_ids=row["case_ids"], report_ids=row["report_ids"])
    is_measured = row["measure"] is not None and row["category"] in (None, *city.public_categories)
    effect = _effect(session, city, row) if is_measured else None
    sizes = [] if effect is None else [part.size for part in (effect.before, effect.after) if part]
    is_large = bool(sizes) and min(sizes) >= LEAST
    return RuleChangeShown(
        number=row["number"],
        in_force_from=row["in_force_from"],
        in_force_until=row["in_force_until"],
        summary=row["summary"],
        cited_cases=None if 0 < cited < LEAST else cited,
        signals=row["signals"],
        effect=effect if is_large else None,
        is_too_small=is_measured and not is_large,
    )


def _effect(session: Session, city: PublicCity, row: RowMapping) -> statistics.PublicEffect:
    public = statistics.PublicFigures(
        actor=city.actor,
        visibility=PublicStates(city_binds(city) | reader_binds(city.actor)),
        zone=city.profile.timezone,
        evaluation=city.profile.evaluation,
    )
    change = statistics.RuleChange(city.id, city.code, row["number"], row["in_force_from"])
    return statistics.public_effect(
        session, public, change, name=row["measure"], weeks=WEEKS, category=row["category"]
    )
