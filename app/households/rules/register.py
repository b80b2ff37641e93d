"""Enumerations of the register, and maximum times for which data may be stored."""

from app.core.enumerations import Enumeration

PREMISES_KINDS = Enumeration(
    "PremisesKind",
    {
        "dwelling": "a home of its owner (自住)",
        "rental": "a rented home (出租房)",
        "shop": "a shop (店铺)",
        "enterprise": "a company (企业)",
        "institution": "an institution, such as a school (机构)",
        "site": "a building site (工地)",
        "vacant": "empty (空置)",
    },
)
# Kinds of premises that have households.
LIVED_IN = frozenset({"dwelling", "rental"})
# Kinds of premises whose name is public: it is written over the door. The name of a home may be that of a resident.
PUBLICLY_NAMED = ("shop", "enterprise", "institution", "site")
HOUSEHOLD_KINDS = Enumeration(
    "HouseholdKind",
    {
        "family": "a family or a person alone",
        "collective": "people who share a home and are no family, as in a dormitory",
    },
)

# Closed, and about the help that is needed: never a diagnosis or a trait of the resident.
CARE_KINDS = Enumeration(
    "CareKind",
    {
        "lives_alone_elderly": "elderly person who lives alone",
        "child_alone": "child who stays alone",
        "mobility": "help with mobility",
        "evacuation_help": "help with evacuation",
        "home_oxygen_or_power": "oxygen or power at home",
        "medication_delivery": "delivery of medicine",
        "meal_delivery": "delivery of meals",
        "heating_help": "help with heating",
        "sight_or_hearing": "help with sight or hearing",
        "interpreter": "interpreter",
        "postnatal": "care after a birth",
        "regular_call": "regular visit",
    },
)
CONSENT_WAYS = Enumeration(
    "ConsentWay",
    {
        "spoken": "spoken to the worker",
        "written": "in writing",
        "by_app": "in an app",
        "by_guardian": "by the guardian of the person",
    },
)
VISIT_OUTCOMES = Enumeration(
    "VisitOutcome",
    {
        "done": "the visit was made",
        "nobody_home": "nobody was at home",
        "refused_entry": "the household did not let the worker in this time",
        "declined": "the household does not want visits any more",
        "moved_away": "the household has moved away",
    },
)
# 人户状态 of a resident: registered here and living here, one of both, neither, or unknown.
RESIDENCES = ("both", "registered_only", "living_only", "neither", "unknown")

CARE_DAYS_MAX = CARE_CYCLE_MAX = 366
NOTE_DAYS_MAX = 366
NOTE_DAYS_DEFAULT = 90
