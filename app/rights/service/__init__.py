"""Use cases of the rights of data subjects."""

from app.rights.service.erasure import erase_reporter, erase_reporters_due, erase_resident, replay
from app.rights.service.person_export import export_reporter, export_resident
from app.rights.service.processing import processing_page, record_of_processing

__all__ = [
    "erase_reporter",
    "erase_reporters_due",
    "erase_resident",
    "export_reporter",
    "export_resident",
    "processing_page",
    "record_of_processing",
    "replay",
]
