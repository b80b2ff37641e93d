"""Settings of Open311, which are a part of `app.settings`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.admission_settings import AdmissionSettings


@dataclass(frozen=True, slots=True)
class Open311Settings(AdmissionSettings):
    """Settings of an operator for Open311.

    Attributes:
        open311_contact: Whom the authors of portals ask.
        open311_media_urls: Photos are fetched from `media_url`.
        open311_tokens: A report is answered with a token in place of the id of the request.
    """

    open311_contact: str = ""
    open311_media_urls: bool = False
    open311_tokens: bool = False


def _flag(value: str) -> bool:
    return value == "1"


# As `app.settings.VARIABLES`.
OPEN311_VARIABLES: dict[str, tuple[str, Callable[[str], Any], str]] = {
    "GRIDWARD_OPEN311_CONTACT": ("open311_contact", str, "words"),
    "GRIDWARD_OPEN311_MEDIA_URLS": ("open311_media_urls", _flag, "0 or 1"),
    "GRIDWARD_OPEN311_TOKENS": ("open311_tokens", _flag, "0 or 1"),
}
