"""Use cases of the register: premises, households, residents, care, consents, visits."""

from app.households.queries.attachments import media_of_visit
from app.households.queries.due_visits import due_places
from app.households.queries.shown_fields import shown_address, shown_label, shown_name
from app.households.queries.visibility import household_visibility, premises_visibility, resident_visibility
from app.households.service.attachments import MediaOfVisits
from app.households.service.bulk_registration import Registered, insert_many, register_many
from app.households.service.care import (
    add_care_tag,
    add_consent,
    change_care_tag,
    end_care_tag,
    end_care_tag_once,
    restore_care_tag,
    withdraw_consent,
)
from app.households.service.duplicate_addresses import marking_doubles
from app.households.service.households import (
    add_household,
    change_household,
    change_households,
    count_residence,
    find_households,
    household,
    list_households,
)
from app.households.service.import_undo import ended_premises, premises_of, reasons_to_stay, take_back_made
from app.households.service.merges import merge_premises, unmerge_premises
from app.households.service.premises import (
    add_premises,
    address_on_maps,
    change_premises,
    label_on_maps,
    list_premises,
    name_on_maps,
    premises,
)
from app.households.service.rehoming import Rehomed, rehome
from app.households.service.residents import (
    add_resident,
    addresses_of,
    change_resident,
    change_residents,
    erase_resident,
    erase_residents,
    known_resident,
    move_resident,
    reveal_resident,
)
from app.households.service.visits import (
    due_in_household,
    forget_what_is_over,
    list_due,
    list_visits,
    record_visit,
    record_visits,
    visited,
    visits_of_cycle,
)

__all__ = [
    "MediaOfVisits",
    "Registered",
    "Rehomed",
    "add_care_tag",
    "add_consent",
    "add_household",
    "add_premises",
    "add_resident",
    "address_on_maps",
    "addresses_of",
    "change_care_tag",
    "change_household",
    "change_households",
    "change_premises",
    "change_resident",
    "change_residents",
    "count_residence",
    "due_in_household",
    "due_places",
    "end_care_tag",
    "end_care_tag_once",
    "ended_premises",
    "erase_resident",
    "erase_residents",
    "find_households",
    "forget_what_is_over",
    "household",
    "household_visibility",
    "insert_many",
    "known_resident",
    "label_on_maps",
    "list_due",
    "list_households",
    "list_premises",
    "list_visits",
    "marking_doubles",
    "media_of_visit",
    "merge_premises",
    "move_resident",
    "name_on_maps",
    "premises",
    "premises_of",
    "premises_visibility",
    "reasons_to_stay",
    "record_visit",
    "record_visits",
    "register_many",
    "rehome",
    "resident_visibility",
    "restore_care_tag",
    "reveal_resident",
    "shown_address",
    "shown_label",
    "shown_name",
    "take_back_made",
    "unmerge_premises",
    "visited",
    "visits_of_cycle",
    "withdraw_consent",
]
