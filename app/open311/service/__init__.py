"""Use cases of Open311."""

from app.open311.service.callers import caller_of
from app.open311.service.media import FETCH, fetch_photo
from app.open311.service.reports import Filed, file_request
from app.open311.service.requests import described, list_requests, read_request
from app.open311.service.services import changeset, city_of, service_definition, service_list
from app.open311.service.updates import Update, add_update, described_update, list_updates

__all__ = [
    "FETCH",
    "Filed",
    "Update",
    "add_update",
    "caller_of",
    "changeset",
    "city_of",
    "described",
    "described_update",
    "fetch_photo",
    "file_request",
    "list_requests",
    "list_updates",
    "read_request",
    "service_definition",
    "service_list",
]
