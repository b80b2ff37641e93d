"""The words of an Excel sheet for people: language, time zone of the city, names of codes."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.areas import service as areas
from app.boards.rules.sentences import WAITING_SENTENCES
from app.core import clock
from app.core.actor import Actor
from app.exchange.rules.exports import LANGUAGE, Wording
from app.exchange.service.exports.requests import CASES
from app.incidents.cases.rules.names import STATUSES
from app.profiles import service as profiles


def wording_of(session: Session, actor: Actor, collection: str, query: Mapping[str, Any]) -> Wording | None:
    """Return the words of a sheet for the actor, or None if the query of the export names no language.

    Zone and names of categories are those of the actor's jurisdiction.
    """
    language = query.get(LANGUAGE)
    if language is None:
        return None
    jurisdiction_id = profiles.jurisdiction_named(session, None, actor)
    profile = profiles.profile_at(session, jurisdiction_id, clock.now()).profile
    names: dict[str, Mapping[str, str]] = {}
    if collection == CASES:
        categories = profile.taxonomy.categories.items()
        names = {
            "status": {code: pair[language == "zh"] for code, pair in STATUSES.items()},
            "category": {code: getattr(category.name, language) for code, category in categories},
            "waiting_reason": {code: sentence[language] for code, sentence in WAITING_SENTENCES.items()},
            # The column has the Chinese name.
            "owner_unit_name": {
                name["zh"]: name[language] for name in areas.unit_names(session, jurisdiction_id)
            },
        }
    return Wording(language, ZoneInfo(profile.timezone), names)
