"""Profile settings about notices to households (`app/notices`). `notices.py` is about deadlines."""

from dataclasses import dataclass
from typing import Any

from app.profiles.rules.schema_fields import Whole
from app.profiles.rules.schema_sections import Section

# A city that could raise the limit without bound could switch the second person off.
APPROVAL_FROM, APPROVAL_FROM_MAX = 200, 1_000


class HouseholdNoticesSchema(Section):
    approval_from = Whole(
        1,
        APPROVAL_FROM_MAX,
        title=("households from which on a second person approves", "须他人批准的起始户数"),
    )


@dataclass(frozen=True, slots=True)
class HouseholdNotices:
    """Rules for notices to households.

    Attributes:
        approval_from: From so many households on a second person approves a notice. 1: each notice.
    """

    approval_from: int = APPROVAL_FROM


def parse_household_notices(data: dict[str, Any] | None) -> HouseholdNotices:
    """Return the section `notices` of a valid profile. Missing members get the defaults."""
    return HouseholdNotices(
        **{name: value for name, value in (data or {}).items() if name == "approval_from"}
    )
