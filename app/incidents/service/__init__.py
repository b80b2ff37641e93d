"""The use cases of incidents: report, move, correct, dispatch, read."""

from app.incidents.rules.lifecycle import NO_STEPS
from app.incidents.service.answering import (
    accept,
    cases_of_absent,
    cases_with_expired_offers,
    decline,
    deliver,
    expire_offer,
    go_on,
    withdraw_from_absent,
)
from app.incidents.service.attaching import MediaOfCases, attach, detach, media_of, media_on_phone
from app.incidents.service.batching import due_districts, solve_district
from app.incidents.service.bulk import Outcome, act_on_many
from app.incidents.service.correcting import correct
from app.incidents.service.directing import WITH_HER, Counts, Tally, queue, tally, work_of
from app.incidents.service.duplicates import alike, alike_to, alike_to_each
from app.incidents.service.erasing import (
    erase_reporter,
    erase_reporters,
    reporters_kept_since,
    reporters_not_erased,
)
from app.incidents.service.first_rows import FOLLOW_UP
from app.incidents.service.handing_over import accepted_work, hand_over, hold_work, pass_on_offers
from app.incidents.service.homing import rehome, rehome_stray
from app.incidents.service.importing import ImportedCase, import_cases
from app.incidents.service.joining import join, link, unlink
from app.incidents.service.merging import merge, unmerge
from app.incidents.service.moving import move
from app.incidents.service.moving_on import Slipping, move_on, slipping
from app.incidents.service.notes import annotate, notes
from app.incidents.service.noticing import newly_due, tell
from app.incidents.service.personal import SaidBy, known_reporter, said_by
from app.incidents.service.printing import sheet, sheets, taken_along
from app.incidents.service.proposing import offer_by_itself, proposals_due
from app.incidents.service.reading import (
    above_subject,
    assignments_of_mine,
    besides_cases,
    detail,
    directed_ordinary,
    events,
    explanation,
    linked_on_phone,
    listing,
    not_confidential,
    on_maps,
    on_phones,
    ordinary_open_work,
    parts_on_phone,
    receipt,
    replay,
    reveal_reporter,
    still_told,
    what_if,
)
from app.incidents.service.rebuild import Repair, repair_record, suspects
from app.incidents.service.recording import blank_places
from app.incidents.service.replying import Replied, reply
from app.incidents.service.reporting import Receipt, report, report_within
from app.incidents.service.taking_back import known_ids, reasons_to_stay, take_back_imported
from app.incidents.service.watching import (
    call_for_review,
    call_for_supervision,
    due_for_review,
    supervisions_due,
)

__all__ = [
    "FOLLOW_UP",
    "NO_STEPS",
    "WITH_HER",
    "Counts",
    "ImportedCase",
    "MediaOfCases",
    "Outcome",
    "Receipt",
    "Repair",
    "Replied",
    "SaidBy",
    "Slipping",
    "Tally",
    "above_subject",
    "accept",
    "accepted_work",
    "act_on_many",
    "alike",
    "alike_to",
    "alike_to_each",
    "annotate",
    "assignments_of_mine",
    "attach",
    "besides_cases",
    "blank_places",
    "call_for_review",
    "call_for_supervision",
    "cases_of_absent",
    "cases_with_expired_offers",
    "correct",
    "decline",
    "deliver",
    "detach",
    "detail",
    "directed_ordinary",
    "due_districts",
    "due_for_review",
    "erase_reporter",
    "erase_reporters",
    "events",
    "expire_offer",
    "explanation",
    "go_on",
    "hand_over",
    "hold_work",
    "import_cases",
    "join",
    "known_ids",
    "known_reporter",
    "link",
    "linked_on_phone",
    "listing",
    "media_of",
    "media_on_phone",
    "merge",
    "move",
    "move_on",
    "newly_due",
    "not_confidential",
    "notes",
    "offer_by_itself",
    "on_maps",
    "on_phones",
    "ordinary_open_work",
    "parts_on_phone",
    "pass_on_offers",
    "proposals_due",
    "queue",
    "reasons_to_stay",
    "receipt",
    "rehome",
    "rehome_stray",
    "repair_record",
    "replay",
    "reply",
    "report",
    "report_within",
    "reporters_kept_since",
    "reporters_not_erased",
    "reveal_reporter",
    "said_by",
    "sheet",
    "sheets",
    "slipping",
    "solve_district",
    "still_told",
    "supervisions_due",
    "suspects",
    "take_back_imported",
    "taken_along",
    "tally",
    "tell",
    "unlink",
    "unmerge",
    "what_if",
    "withdraw_from_absent",
    "work_of",
]
