"""Use cases of services: the city of a request, its services, and when they changed."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import NotFound, invalid_field
from app.open311.queries import jurisdictions as queries
from app.open311.rules import services as rules
from app.profiles.rules.profile import Category
from app.public import service as public


def city_of(session: Session, code: str | None) -> public.PublicCity:
    """Return the city that a request names, or the only one that the server has.

    Raises:
        NotFound: There is no such city, or it has no open door for residents (`jurisdiction_unknown`).
        Invalid: The request names none, and the server has several.
    """
    if code is None:
        codes = queries.first_codes(session, now=clock.now())
        if len(codes) > 1:
            raise invalid_field("jurisdiction_id", "required")
        code = codes[0] if codes else None
    if code is None:
        raise NotFound("jurisdiction_unknown")
    try:
        return public.open_city(session, code)
    except NotFound:
        raise NotFound("jurisdiction_unknown") from None


def changeset(session: Session) -> datetime:
    """Return when a list of services changed last."""
    return queries.changeset(session, now=clock.now())


def service_list(city: public.PublicCity, lang: str, *, answers_tokens: bool) -> list[dict[str, Any]]:
    """Return the services of a city in the order of its profile.

    Args:
        answers_tokens: A report is answered with a token, and not with the id of the request.
    """
    return rules.services(rules.served_categories(city.profile), lang, answers_tokens=answers_tokens)


def service_definition(city: public.PublicCity, service_code: str, lang: str) -> dict[str, Any]:
    """Return the definition of a service.

    Raises:
        NotFound: The city has no such service (`service_unknown`).
    """
    return rules.definition(served_category(city, service_code), lang)


def served_category(city: public.PublicCity, service_code: str) -> Category:
    """Return the category of a service.

    Raises:
        NotFound: The city has no such service (`service_unknown`).
    """
    category = city.profile.taxonomy.categories.get(service_code)
    if category is None or not rules.is_served(category):
        raise NotFound("service_unknown")
    return category
