"""The discovery document of Open311, which says where the service is and which formats it has.

Source: Open311 *Service Discovery*.
"""

from datetime import datetime
from typing import Any

from app.open311.rules.documents import FORMATS, instant

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
_MEDIA_TYPES = {"xml": "text/xml", "json": "application/json"}


def discovery(
    *, url: str, contact: str, key_service: str, changeset: datetime, is_test: bool
) -> dict[str, Any]:
    """Return the discovery document.

    Args:
        url: URL of the service, without the slash at its end.
        changeset: When a list of services changed last.
        is_test: Reports are not acted upon, as in the demo city.
    """
    endpoint = {
        "specification": SPECIFICATION,
        "url": url,
        "changeset": instant(changeset),
        "type": "test" if is_test else "production",
        "formats": [_MEDIA_TYPES[form] for form in FORMATS],
    }
    return {
        "changeset": instant(changeset),
        "contact": contact,
        "key_service": key_service,
        "endpoints": [endpoint],
    }
