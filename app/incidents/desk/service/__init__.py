"""Use cases of the supervisor's desk."""

from app.incidents.desk.service.additions import add_words
from app.incidents.desk.service.bulk import Outcome, act_on_many
from app.incidents.desk.service.corrections import correct
from app.incidents.desk.service.handover import accepted_work, hand_over, lock_work, offer_to_next
from app.incidents.desk.service.imports import ImportedCase, import_cases
from app.incidents.desk.service.joins import join, join_unchecked, link, unlink
from app.incidents.desk.service.merges import merge, unmerge
from app.incidents.desk.service.notes import annotate, annotate_unchecked, notes
from app.incidents.desk.service.print_sheets import record_printing, sheet, sheets
from app.incidents.desk.service.replies import Replied, replies_of_case, reply, reply_to_case

__all__ = [
    "ImportedCase",
    "Outcome",
    "Replied",
    "accepted_work",
    "act_on_many",
    "add_words",
    "annotate",
    "annotate_unchecked",
    "correct",
    "hand_over",
    "import_cases",
    "join",
    "join_unchecked",
    "link",
    "lock_work",
    "merge",
    "notes",
    "offer_to_next",
    "record_printing",
    "replies_of_case",
    "reply",
    "reply_to_case",
    "sheet",
    "sheets",
    "unlink",
    "unmerge",
]
