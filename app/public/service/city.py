"""The city whose public door is open, with the categories that its profile makes public."""

from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid, NotFound
from app.profiles import service as profiles
from app.profiles.rules.profile import Category, Profile
from app.profiles.rules.publicity import Publicity
from app.public.rules.door import DOOR_ID, door_actor


@dataclass(frozen=True)
class PublicCity:
    """A city whose public door is open.

    Attributes:
        id, code, name: Of the jurisdiction; the name by language (`zh`, `en`).
        profile: The profile in force.
    """

    id: UUID
    code: str
    name: dict[str, str]
    profile: Profile

    @property
    def actor(self) -> Actor:
        """The actor for a person without an account in this city."""
        return door_actor(self.id, DOOR_ID)

    @cached_property
    def categories(self) -> list[Category]:
        """The categories that can be reported, in the order of the profile."""
        return [*self.profile.taxonomy.categories.values()]

    @cached_property
    def public_categories(self) -> list[str]:
        """The codes of the categories whose cases are public."""
        return [
            category.code for category in self.categories if category.publicity is not Publicity.NOT_PUBLIC
        ]

    @cached_property
    def photo_categories(self) -> list[str]:
        """The codes of the categories whose released photos are public."""
        return [category.code for category in self.categories if category.publicity is Publicity.PUBLIC]


def open_city(session: Session, code: str | None = None) -> PublicCity:
    """Return the city with an open public door.

    Args:
        code: Code of the jurisdiction. None: the default jurisdiction.

    Raises:
        NotFound: There is no such city, it has no profile in force, or its door is closed.
    """
    try:
        jurisdiction_id = profiles.jurisdiction_named(session, code)
    except Invalid:
        raise NotFound("not_found") from None
    in_force = profiles.readable_profile(session, jurisdiction_id, clock.now())
    if in_force is None or not in_force.profile.public_door.is_open:
        raise NotFound("not_found")
    body, _ = profiles.jurisdiction(session, jurisdiction_id)
    row = orjson.loads(body)
    return PublicCity(jurisdiction_id, row["code"], row["name"], in_force.profile)
