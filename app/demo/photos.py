"""Photos of the demo: drawn by the program, and stored as the cleaning of uploads leaves them.

A real upload goes through a child process that decodes and cleans it. Drawn pictures have nothing to clean, and a demo
has hundreds of them, so that their bytes go straight into the store.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from random import Random
from uuid import UUID

from PIL import Image

from app.core import clock, db
from app.core.actor import Actor
from app.demo import queries
from app.demo.people import City
from app.demo.reports import PlannedReport
from app.demo.scenes import draw
from app.demo.scenes.catalogue import VARIANTS
from app.media import service as media
from app.settings import Settings

# Most cases of the last fortnight have a photo.
RECENT = timedelta(days=14)
RECENT_SHARE = 0.85
_SMALL = 256


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn picture with its thumbnail."""

    content: bytes
    small: bytes
    sha256: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo of the demo: which picture it shows. `is_after`: the problem is solved."""

    id: UUID
    scene: str
    variant: int
    is_after: bool


def is_pictured(report: PlannedReport, until: datetime) -> bool:
    """Return True if the planned report is to have a photo."""
    if report.scene is None:
        return False
    if report.target is not None or report.theme is not None:
        return True
    return until - report.at < RECENT and Random(f"photo:{report.id}").random() < RECENT_SHARE


@cache
def picture(scene: str, variant: int, is_after: bool) -> Picture:
    """Return the picture of a scene, with its thumbnail."""
    content = draw(scene, variant, is_after=is_after)
    image = Image.open(BytesIO(content))
    width, height = image.size
    image.thumbnail((_SMALL, _SMALL))
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return Picture(content, buffer.getvalue(), hashlib.sha256(content).hexdigest(), width, height)


class PictureStore:
    """Store of the bytes of photos. It needs no city, which takes seconds to generate."""

    def __init__(self, settings: Settings) -> None:
        self._store = media.open_store(settings)

    def put(self, photo: Photo) -> Picture:
        """Store the bytes of a photo and of its thumbnails."""
        drawn = picture(photo.scene, photo.variant, photo.is_after)
        self._store.put(media.content_key(photo.id), drawn.content)
        self._store.put(media.thumbnail_key(photo.id, "large"), drawn.content)
        self._store.put(media.thumbnail_key(photo.id, "small"), drawn.small)
        return drawn


class Album:
    """Maker of the demo's photos. It remembers the photos made so far.

    The times of the photos are times of the simulated clock.
    """

    def __init__(self, city: City, settings: Settings) -> None:
        self._city = city
        self._pictures = PictureStore(settings)
        self._photos: dict[tuple[UUID, int], Photo] = {}

    @property
    def photos(self) -> list[Photo]:
        return list(self._photos.values())

    def take(self, actor: Actor, incident_id: UUID, scene: str, *, version: int, is_after: bool) -> UUID:
        """Store a photo of the place of a case, and return its media id. The photo is not linked to the case.

        There is one photo for each version of the case: if it exists already, its id is returned.
        """
        photo = self._photos.get((incident_id, version))
        if photo is not None:
            return photo.id
        now = clock.now()
        kind = "after" if is_after else "before"
        media_id = self._city.id_of(f"photo:{incident_id}:{kind}:{now.isoformat()}", now)
        variant = Random(f"scene:{incident_id}").randrange(VARIANTS)
        photo = self._photos[incident_id, version] = Photo(media_id, scene, variant, is_after)
        drawn = self._pictures.put(photo)
        with db.transaction(actor) as session:
            queries.insert_photo(
                session,
                {
                    "id": media_id,
                    "kind": kind,
                    "by": actor.id,
                    "size": len(drawn.content),
                    "sha256": drawn.sha256,
                    "width": drawn.width,
                    "height": drawn.height,
                    "now": now,
                },
            )
        return media_id
