"""Job that fetches the photos that portals name by URL."""

from typing import Any
from uuid import UUID

import procrastinate

from app.core import jobs
from app.core.outgoing import OutgoingFailed, allowed_of, client_with
from app.media import service as media
from app.open311 import service

# After 4, 16, 64, 256 seconds: a portal may publish a photo shortly after its report.
_RETRY = procrastinate.RetryStrategy(max_attempts=5, exponential_wait=4, retry_exceptions={OutgoingFailed})


@jobs.app.task(name=service.FETCH, queue=jobs.FILES, retry=_RETRY)
def fetch_photo(incident_id: str, account_id: str, url: str, **_: Any) -> None:
    """Fetch a photo and add it to its case."""
    settings, store = media.configured()
    if settings.open311_media_urls:
        service.fetch_photo(
            store,
            client_with(allowed_of(settings)),
            settings,
            incident_id=UUID(incident_id),
            account_id=UUID(account_id),
            url=url,
        )
