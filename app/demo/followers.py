"""Residents who report by themselves, support cases and say how they ended: who, when and what. Pure.

Everything depends on the seed and on ids, so that an interrupted load goes on with the same residents. The acts are
carried out in `app.demo.public_door`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from app.demo import words
from app.demo.divisions import GUDANG
from app.demo.people import City
from app.demo.roster import ZONE
from app.incidents.cases.rules.lifecycle import Status

PAGE, HOTLINE = "page", "open311"
# Of the ordinary reports: sent by residents over the public pages, and over the hotline.
_PAGE_SHARE, _HOTLINE_SHARE = 0.14, 0.07
# Of the cases of residents, and of the others that are public: supported by further residents.
_SUPPORTED_SHARES = {True: 0.3, False: 0.09}
_SUPPORTERS = (1, 1, 1, 2, 2, 3)
# A community that answers late and badly.
UNHEARD = f"{GUDANG}007"
# From the day of this number on, the changed rules hold: cases end better, and supervisors reply sooner.
RULES_DAY = -42
# Shares of the replies in time and of the later ones.
_REPLIED = {
    (False, False): (0.58, 0.22),
    (False, True): (0.84, 0.1),
    (True, False): (0.24, 0.3),
    (True, True): (0.33, 0.3),
}
# Shares of the ratings "solved" and "partly solved".
_RATED = {
    (False, False): (0.5, 0.2),
    (False, True): (0.8, 0.11),
    (True, False): (0.25, 0.2),
    (True, True): (0.34, 0.2),
}
_ANSWERED_SHARES = {False: 0.64, True: 0.52}
_WITH_SCORE, _WITH_WORDS, _CONTESTED = 0.82, 0.6, 0.2
_SCORES = {"yes": (5, 5, 5, 4, 4, 3), "partly": (4, 3, 3, 3, 2), "no": (2, 1, 1, 1)}
_RATED_FROM, _RATED_UNTIL = time(7, 30), time(22)


@dataclass(frozen=True, slots=True)
class Support:
    """A resident who says that they have seen the problem of a case, too.

    Attributes:
        id: Id of their report.
    """

    at: datetime
    id: UUID
    words: str
    contact: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Rating:
    """The answer of a reporter to the end of a case.

    Attributes:
        contested_at: When they contest the end. None: they do not.
    """

    at: datetime
    solved: str
    score: int | None
    words: str
    contested_at: datetime | None = None


def channel_of(random: Random) -> str | None:
    """Return the channel by which a resident sends a report, or None if a person of the office makes it."""
    chance = random.random()
    if chance < _PAGE_SHARE:
        return PAGE
    return HOTLINE if chance < _PAGE_SHARE + _HOTLINE_SHARE else None


def payload_of_resident(payload: dict[str, Any], random: Random) -> dict[str, Any]:
    """Return the payload of a report as a resident sends it, with contact data in half of all cases."""
    members = {name: payload[name] for name in ("id", "lon", "lat", "category", "description")}
    return members | {"contact": contact(random)}


def contact(random: Random) -> dict[str, Any] | None:
    """Return `name` and `phone` of an invented resident, or None if they give none."""
    reporter = words.resident(random)
    if reporter["anonymous"] or random.random() < 0.3:
        return None
    return {name: reporter[name] for name in ("name", "phone")}


def supports(city: City, case_id: UUID, at: datetime, *, is_of_resident: bool) -> Iterator[Support]:
    """Yield the residents who support a case.

    Args:
        at: When the case was reported.
    """
    random = Random(f"{city.seed}:supports:{case_id}")
    if random.random() >= _SUPPORTED_SHARES[is_of_resident]:
        return
    for number in range(random.choice(_SUPPORTERS)):
        later = at + timedelta(hours=random.uniform(0.2, 3) * (number + 1))
        support_id = city.id_of(f"support:{case_id}:{number}", later)
        yield Support(later, support_id, random.choice(words.SUPPORTS), contact(random))


def reply_at(
    city: City, case_id: UUID, at: datetime, community: str | None, *, is_after_change: bool, limit: timedelta
) -> datetime | None:
    """Return when a supervisor replies to the reporters of a case; None: nobody does.

    Args:
        limit: A later reply does not count as one in time.
    """
    random = Random(f"{city.seed}:reply:{case_id}")
    in_time, late = _REPLIED[community == UNHEARD, is_after_change]
    chance = random.random()
    if chance < in_time:
        return _in_daytime(at + limit * random.uniform(0.02, 0.45), random)
    if chance < in_time + late:
        return _in_daytime(at + limit * random.uniform(1.2, 4), random)
    return None


def reply_words(case_id: UUID, category: str) -> str:
    """Return the words of a reply to the reporters of a case."""
    return words.of_category(words.REPLIES, category, Random(f"reply words:{case_id}"))


# Each argument is a fact about the ended case.
def rating(
    city: City,
    report_id: UUID,
    *,
    status: Status,
    category: str,
    community: str | None,
    contested_count: int,
    ended_at: datetime,
    is_after_change: bool,
) -> Rating | None:
    """Return what a reporter says of the end of a case; None: they do not answer."""
    random = Random(f"{city.seed}:rating:{report_id}:{contested_count}")
    is_unheard = community == UNHEARD
    if random.random() >= _ANSWERED_SHARES[is_unheard]:
        return None
    solved, partly = _RATED[is_unheard, is_after_change] if status is Status.CLOSED else (0.08, 0.12)
    chance = random.random()
    answer = "yes" if chance < solved else "partly" if chance < solved + partly else "no"
    score = random.choice(_SCORES[answer]) if random.random() < _WITH_SCORE else None
    text = ""
    if random.random() < _WITH_WORDS:
        texts = words.RATINGS["not_filed" if status is Status.NOT_FILED and answer == "no" else answer]
        text = words.of_category(texts, category, random)
    at = _in_daytime(ended_at + timedelta(hours=random.uniform(0.3, 40)), random)
    is_contested = (
        answer == "no" and status is Status.CLOSED and not contested_count and random.random() < _CONTESTED
    )
    contested_at = at + timedelta(minutes=random.uniform(2, 9)) if is_contested else None
    return Rating(at, answer, score, text, contested_at)


def is_after_change(origin: date, at: datetime) -> bool:
    """Return True if the changed rules hold at an instant."""
    return (at.astimezone(ZONE).date() - origin).days >= RULES_DAY


def _in_daytime(at: datetime, random: Random) -> datetime:
    """Return `at`, or an instant in the next morning if it lies in the night."""
    local = at.astimezone(ZONE)
    if _RATED_FROM <= local.time() < _RATED_UNTIL:
        return at
    day = local.date() + timedelta(days=local.time() >= _RATED_UNTIL)
    return datetime.combine(day, _RATED_FROM, ZONE) + timedelta(minutes=random.uniform(5, 180))
