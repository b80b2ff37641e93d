"""Use cases of the public door, for the pages and for Open311."""

from app.public.service.cases import (
    CaseFilter,
    PublicCase,
    PublicCasePage,
    case_of_reporter,
    photo_key,
    public_case,
    public_cases,
)
from app.public.service.city import PublicCity, open_city
from app.public.service.following import (
    FollowedCase,
    add_to_report,
    contest,
    followed_case,
    rate,
)
from app.public.service.links import Followed, follow, make_link, mark_used, revoke
from app.public.service.photos import StoredPhoto, discard_photos, store_photos
from app.public.service.places import place_by_id, place_near, public_places
from app.public.service.promises import Promise, promises
from app.public.service.redactions import redact_photo, redacted_photo_key
from app.public.service.releases import cases_to_release, release, release_of
from app.public.service.reports import (
    Contact,
    NewPublicReport,
    PublicReceipt,
    file_public_report,
    forget_sources,
    source_digest,
)
from app.public.service.support import support_case

__all__ = [
    "CaseFilter",
    "Contact",
    "Followed",
    "FollowedCase",
    "NewPublicReport",
    "Promise",
    "PublicCase",
    "PublicCasePage",
    "PublicCity",
    "PublicReceipt",
    "StoredPhoto",
    "add_to_report",
    "case_of_reporter",
    "cases_to_release",
    "contest",
    "discard_photos",
    "file_public_report",
    "follow",
    "followed_case",
    "forget_sources",
    "make_link",
    "mark_used",
    "open_city",
    "photo_key",
    "place_by_id",
    "place_near",
    "promises",
    "public_case",
    "public_cases",
    "public_places",
    "rate",
    "redact_photo",
    "redacted_photo_key",
    "release",
    "release_of",
    "revoke",
    "source_digest",
    "store_photos",
    "support_case",
]
