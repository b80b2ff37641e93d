"""Use cases of the register."""

from app.households.service.attaching import MediaOfVisits, media_on_visit
from app.households.service.care import (
    add_care_tag,
    add_consent,
    change_care_tag,
    end_care_tag,
    end_care_tag_once,
    restore_care_tag,
    withdraw_consent,
)
from app.households.service.households import (
    add_household,
    change_household,
    change_households,
    count_residence,
    find_households,
    household,
    list_households,
)
from app.households.service.placing import Rehomed, rehome
from app.households.service.premises import (
    add_premises,
    address_on_maps,
    change_premises,
    list_premises,
    on_maps,
    premises,
    ways_on_maps,
)
from app.households.service.registering import Registered, insert_many, register_many
from app.households.service.residents import (
    add_resident,
    change_resident,
    change_residents,
    erase_resident,
    reveal_resident,
)
from app.households.service.taking_back import ended_premises, reasons_to_stay, take_back_made
from app.households.service.visits import (
    due_in_household,
    due_places,
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
    "find_households",
    "forget_what_is_over",
    "household",
    "insert_many",
    "list_due",
    "list_households",
    "list_premises",
    "list_visits",
    "media_on_visit",
    "on_maps",
    "premises",
    "reasons_to_stay",
    "record_visit",
    "record_visits",
    "register_many",
    "rehome",
    "restore_care_tag",
    "reveal_resident",
    "take_back_made",
    "visited",
    "visits_of_cycle",
    "ways_on_maps",
    "withdraw_consent",
]
