"""Photos of the demo: drawn by the program, and uploaded in the same steps as by a phone."""

from base64 import b64encode
from datetime import datetime, timedelta
from io import BytesIO
from random import Random
from uuid import UUID

from app.core import clock, db
from app.core.actor import Actor
from app.demo.people import City
from app.demo.reports import PlannedReport
from app.demo.scenes import scene
from app.media import service as media
from app.settings import Settings

# The cases that show a state, and some of the last days: enough to see, and no more to wait for.
RECENT = timedelta(days=2)
RECENT_SHARE = 0.3


def is_pictured(report: PlannedReport, until: datetime) -> bool:
    """Return True if the planned report is to have a photo."""
    if "about" in report.payload or report.payload["category"] == "E0690":
        return False
    if report.target is not None:
        return True
    return until - report.at < RECENT and Random(f"photo:{report.id}").random() < RECENT_SHARE


class Album:
    """Maker of the demo's photos. It remembers the photos made so far.

    The times of the photos are times of the simulated clock.
    """

    def __init__(self, city: City, settings: Settings) -> None:
        self._city = city
        self._settings = settings
        self._store = media.open_store(settings)
        self._photos: dict[tuple[UUID, int], UUID] = {}

    def take(self, actor: Actor, incident_id: UUID, category: str, *, version: int, is_after: bool) -> UUID:
        """Draw and upload a photo of the place of a case, and return its media id.

        There is one photo for each version of the case: if it exists already, its id is returned. The photo is not linked to
        the case.
        """
        if (incident_id, version) in self._photos:
            return self._photos[incident_id, version]
        now = clock.now()
        kind = "after" if is_after else "before"
        media_id = self._city.id_of(f"photo:{incident_id}:{kind}:{now.isoformat()}", now)
        picture = scene(category, Random(f"scene:{incident_id}"), is_after=is_after)
        fields = {"id": str(media_id), "kind": kind, "filetype": "image/jpeg"}
        metadata = ",".join(f"{key} {b64encode(value.encode()).decode()}" for key, value in fields.items())
        with db.transaction(actor) as session:
            media.begin(session, actor, length=str(len(picture)), metadata=metadata, settings=self._settings)
        media.receive(
            db.transaction,
            actor,
            self._store,
            media_id=media_id,
            offset="0",
            checksum=None,
            content=BytesIO(picture),
        )
        media.finish(db.transaction, self._store, media_id=media_id, settings=self._settings)
        self._photos[incident_id, version] = media_id
        return media_id
