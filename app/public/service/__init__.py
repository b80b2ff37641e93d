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
from app.public.service.changes import RuleChangeShown, rule_changes
from app.public.service.city import PublicCity, open_city
from app.public.service.contacts import (
    ContactLink,
    NewsAddress,
    addresses_of_reporters,
    ask_for_messages,
    confirm,
    confirming_link,
    contacts_of,
    forget_old,
    link_secret,
    place_of_link,
    stop,
    stop_contact,
    stopping_link,
)
from app.public.service.following import (
    FollowedCase,
    Moment,
    add_to_report,
    case_course,
    contest,
    followed_case,
    rate,
)
from app.public.service.links import Followed, digest_of, follow, make_link, mark_used, new_secret, revoke
from app.public.service.news import NewsComposer
from app.public.service.photos import StoredPhoto, discard_photos, store_photos
from app.public.service.places import place_by_id, place_near, public_places
from app.public.service.promises import Promise, ReporterAnswers, promises, reporter_answers
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
from app.public.service.sms_contacts import add_words_by_sms, confirm_phone, stop_phone
from app.public.service.support import support_case
from app.public.service.things import Label, city_of_thing, print_codes, revoke_thing_code, thing_place

__all__ = [
    "CaseFilter",
    "Contact",
    "ContactLink",
    "Followed",
    "FollowedCase",
    "Label",
    "Moment",
    "NewPublicReport",
    "NewsAddress",
    "NewsComposer",
    "Promise",
    "PublicCase",
    "PublicCasePage",
    "PublicCity",
    "PublicReceipt",
    "ReporterAnswers",
    "RuleChangeShown",
    "StoredPhoto",
    "add_to_report",
    "add_words_by_sms",
    "addresses_of_reporters",
    "ask_for_messages",
    "case_course",
    "case_of_reporter",
    "cases_to_release",
    "city_of_thing",
    "confirm",
    "confirm_phone",
    "confirming_link",
    "contacts_of",
    "contest",
    "digest_of",
    "discard_photos",
    "file_public_report",
    "follow",
    "followed_case",
    "forget_old",
    "forget_sources",
    "link_secret",
    "make_link",
    "mark_used",
    "new_secret",
    "open_city",
    "photo_key",
    "place_by_id",
    "place_near",
    "place_of_link",
    "print_codes",
    "promises",
    "public_case",
    "public_cases",
    "public_places",
    "rate",
    "redact_photo",
    "redacted_photo_key",
    "release",
    "release_of",
    "reporter_answers",
    "revoke",
    "revoke_thing_code",
    "rule_changes",
    "source_digest",
    "stop",
    "stop_contact",
    "stop_phone",
    "stopping_link",
    "store_photos",
    "support_case",
    "thing_place",
]
