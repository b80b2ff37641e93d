"""The account through which the public pages act, and the limits of reports without an account. Pure."""

from datetime import timedelta
from uuid import UUID

from app.core.actor import Actor, Permission
from app.core.enumerations import Enumeration

# The account exists from the first report on. Nobody can sign in to it.
DOOR_ID = UUID("00000000-0000-7000-8000-0000000070d0")
DOOR_USERNAME = "#public"
DOOR_NAME = "公众 Public"

CHANNELS = Enumeration(
    "PublicChannel", {"page": "the public pages", "open311": "a program that speaks Open311"}
)
LANGUAGES = ("zh", "en")
SOLVED = Enumeration("Solved", {"yes": "solved", "partly": "solved in part", "no": "not solved"})

WORDS_MAX = 4000
PHOTOS_MAX = 5
# A case waits so long for a person who releases its words and photos.
WAITING_DAYS = 90
BOX_MEMBERS = ("left", "top", "width", "height")
# Of a form with all its photos.
PHOTO_FORM_BYTES = 40_000_000
# Retention of the digest of a network address.
SOURCE_KEPT = timedelta(days=2)
# Number of secret links of one report: a repeated request gets a new one, since the first is not stored.
LINKS_MAX = 10


def door_actor(jurisdiction_id: UUID, caller_id: UUID = DOOR_ID) -> Actor:
    """Return the actor for a person without an account: it may report and add photos, and has no area.

    Args:
        caller_id: Account of the system through which the person reports.
    """
    return Actor(
        id=caller_id,
        name=DOOR_NAME,
        permissions=frozenset({Permission.INCIDENT_REPORT, Permission.MEDIA_ADD}),
        jurisdiction_ids=(jurisdiction_id,),
    )
