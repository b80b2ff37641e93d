"""Use cases of a person with a secret link: see the case, add words and photos, contest its end, rate it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import Conflict, Invalid, invalid_field
from app.incidents import service as incidents
from app.incidents.cases.rules.lifecycle import Status
from app.public.queries import following as queries
from app.public.rules.door import SOLVED, WORDS_MAX
from app.public.rules.free_words import clean_words
from app.public.rules.states import BY_STATUS, PlainState
from app.public.service.cases import PublicCase, case_of_reporter
from app.public.service.city import PublicCity
from app.public.service.links import Followed, follow, mark_used
from app.public.service.photos import StoredPhoto, link_photos
from app.settings import Settings

PHOTOS_OF_CASE_MAX = 30


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of the course of a case: a new state, or a reply to the reporters."""

    at: datetime
    state: PlainState
    reply: str | None


@dataclass(frozen=True, slots=True)
class FollowedCase:
    """A case as the holder of a secret link sees it.

    Attributes:
        case_no: Number of the case, to name it on the telephone.
        own_words: What the reporter wrote, each with its time.
        photos_received: Number of photos that came to the case in the way of this report and can be released.
        photos_refused: Number of files that came in the same way and are no photos.
        photo_ids: The released photos, as everybody sees them. The link shows no other photo, as it may be passed on.
        contest_until: The end can be contested until then; None: it cannot.
        ended_at: The end that can be rated; None: the case has not ended.
        rating: The rating of this end, or None.
    """

    case: PublicCase
    is_public: bool
    case_no: str
    course: list[Moment]
    own_words: list[tuple[datetime, str]]
    photos_received: int
    photos_refused: int
    photo_ids: list[UUID]
    contest_until: datetime | None
    ended_at: datetime | None
    rating: dict[str, Any] | None


def followed_case(session: Session, city: PublicCity, secret: str) -> FollowedCase:
    """Return the case of a secret link.

    Raises:
        NotFound: There is no such link in this city, or it was revoked.
    """
    followed = follow(session, city, secret)
    case, is_public = case_of_reporter(session, city, followed.incident_id)
    ended_at = None if case.is_open else case.closed_at
    rating = queries.rating(session, followed.report_id, ended_at) if ended_at else None
    # The case of the report, too, if it was merged into another one.
    case_ids = {followed.incident_id, followed.own_incident_id}
    received, refused = queries.photo_numbers(session, case_ids, followed.actor.id)
    return FollowedCase(
        case=case,
        is_public=is_public,
        case_no=followed.facts["case_no"],
        course=case_course(session, followed.incident_id, followed.own_incident_id),
        own_words=[
            (row["received_at"], row["words"]) for row in queries.own_words(session, followed.report_id)
        ],
        photos_received=received,
        photos_refused=refused,
        photo_ids=case.photo_ids if is_public else [],
        contest_until=_contest_until(city, case),
        ended_at=ended_at,
        rating=dict(rating) if rating else None,
    )


def case_course(session: Session, incident_id: UUID, own_incident_id: UUID) -> list[Moment]:
    """Return the course of a case. States that are the same in plain words are one entry.

    Args:
        own_incident_id: The case of the report, if it was merged into the case; else the same.
    """
    moments: list[Moment] = []
    for row in queries.course(session, incident_id, own_incident_id):
        state = BY_STATUS[Status(row["status"])]
        if row["reply"] is None and any(m.state is state for m in moments[-1:] if m.reply is None):
            continue
        moments.append(Moment(row["occurred_at"], state, row["reply"]))
    return moments


def _contest_until(city: PublicCity, case: PublicCase) -> datetime | None:
    if case.is_open or case.closed_at is None:
        return None
    until = case.closed_at + timedelta(days=city.profile.lifecycle.contest.days)
    return until if until > clock.now() else None


def add_to_report(
    session: Session,
    city: PublicCity,
    secret: str,
    *,
    words: str,
    photos: Sequence[StoredPhoto],
    settings: Settings,
) -> None:
    """Add words or photos to the report of a link. Telephone numbers in the words are hidden.

    Raises:
        NotFound: There is no such link.
        Conflict: The case has ended (`join_of_ended`).
        Invalid: There are neither words nor photos, or too many.
    """
    followed = follow(session, city, secret)
    _require_words(words)
    if not words.strip() and not photos:
        raise Invalid("public_words_missing")
    case_id = followed.incident_id
    if sum(queries.photo_numbers(session, [case_id], followed.actor.id)) + len(photos) > PHOTOS_OF_CASE_MAX:
        raise invalid_field("photos", "photos_too_many", most=PHOTOS_OF_CASE_MAX)
    incidents.add_words(
        session,
        followed.actor,
        incident_id=case_id,
        report_id=followed.report_id,
        words=clean_words(words.strip()).words,
    )
    link_photos(session, followed.actor, photos, incident_id=case_id, settings=settings)
    mark_used(session, followed)


def contest(session: Session, city: PublicCity, secret: str, *, words: str) -> None:
    """Contest the end of the case of a link, by the same rules as a reporter with an account.

    Raises:
        NotFound: There is no such link.
        Conflict: The case has not ended, or it ended too long ago (`contest_too_late`).
        Invalid: There are no words.
    """
    followed = follow(session, city, secret)
    _require_words(words)
    if not words.strip():
        raise Invalid("public_words_missing")
    incidents.apply_transition(
        session,
        followed.actor,
        incident_id=_contested_case(followed),
        action="contest",
        note=clean_words(words.strip()).words,
    )
    mark_used(session, followed)


def _contested_case(followed: Followed) -> UUID:
    """Return the case to contest: the own one; the service reopens the case into which it was merged."""
    return followed.own_incident_id


def rate(
    session: Session, city: PublicCity, secret: str, *, solved: str, score: int | None, words: str = ""
) -> None:
    """Store what the reporter says of the end of the case. It replaces what they said before of the same end.

    Args:
        solved: `yes`, `partly` or `no`.
        score: How the case was dealt with, 1 (badly) to 5 (well); None: not said.

    Raises:
        NotFound: There is no such link.
        Conflict: The case has not ended (`rating_of_open`).
    """
    followed = follow(session, city, secret)
    _require_words(words)
    if solved not in SOLVED or (score is not None and not 1 <= score <= 5):
        raise invalid_field("solved", "not_one_of", known=list(SOLVED))
    case, _ = case_of_reporter(session, city, followed.incident_id)
    if case.is_open or case.closed_at is None:
        raise Conflict("rating_of_open")
    queries.rate(
        session,
        {
            "report_id": followed.report_id,
            "ended_at": case.closed_at,
            "solved": solved,
            "score": score,
            "words": clean_words(words.strip()).words,
            "now": clock.now(),
        },
    )
    mark_used(session, followed)


def _require_words(words: str) -> None:
    if len(words) > WORDS_MAX or "\0" in words:
        raise invalid_field("words", "words_too_long", most=WORDS_MAX)
