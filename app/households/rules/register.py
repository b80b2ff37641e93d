"""What there is in the register: the closed lists, and how long things may be kept. Pure."""

from app.core.enumerations import Enumeration

PREMISES_KINDS = Enumeration(
    "PremisesKind", ("dwelling", "rental", "shop", "enterprise", "institution", "site", "vacant")
)
# Where a household is made with the premises.
LIVED_IN = frozenset({"dwelling", "rental"})
# Whose name stands over the door. That of a home is, or was, somebody's.
PUBLICLY_NAMED = ("shop", "enterprise", "institution", "site")
HOUSEHOLD_KINDS = Enumeration("HouseholdKind", ("family", "collective"))

# Closed, and about the help that is needed, not about what somebody has or is.
CARE_KINDS = Enumeration(
    "CareKind",
    (
        "lives_alone_elderly",
        "child_alone",
        "mobility",
        "evacuation_help",
        "home_oxygen_or_power",
        "medication_delivery",
        "meal_delivery",
        "heating_help",
        "sight_or_hearing",
        "interpreter",
        "postnatal",
        "regular_call",
    ),
)
CONSENT_WAYS = Enumeration("ConsentWay", ("spoken", "written", "by_app", "by_guardian"))
VISIT_OUTCOMES = Enumeration(
    "VisitOutcome", ("done", "nobody_home", "refused_entry", "declined", "moved_away")
)
# 人户状态 of a resident: registered here and living here, one of both, or nobody has said.
RESIDENCES = ("both", "registered_only", "living_only", "neither", "unknown")

CARE_DAYS_MAX = CARE_CYCLE_MAX = 366
NOTE_DAYS_MAX = 366
NOTE_DAYS_DEFAULT = 90
