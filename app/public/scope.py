"""The rule of visibility for people without an account: which cases are public."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, Uuid, and_, any_, bindparam, or_, select
from sqlalchemy.orm import aliased

from app.core.db import Fragment, RowRule
from app.incidents.models import Incident
from app.incidents.scope import is_ordinary
from app.public.models import PublicRelease

# The case `i` of the statements of this package, and the case into which it was merged.
PUBLIC_I = aliased(Incident, name="i")
_HEAD = aliased(Incident, name="head")


@lru_cache
def is_public() -> ColumnElement[bool]:
    """Return the SQL condition that the case `i` is shown to people without an account.

    It is a case of a public category of the city, neither confidential nor about a person or unit, not merged into another
    case, and nobody has hidden it. Binds: `jurisdiction_id`, `public_categories` (of the profile in force).
    """
    return RowRule(and_(PUBLIC_I.merged_into.is_(None), _is_public_itself(PUBLIC_I)), "incident")


@lru_cache
def is_public_or_merged() -> ColumnElement[bool]:
    """Return the SQL condition that the case `i` is public, or was until it was merged into a case that is public.

    By the id of such a case a reader is led on. Lists and figures have the other case only. Binds: as `is_public`.
    """
    head = select(_HEAD.id).where(_HEAD.id == PUBLIC_I.merged_into, _is_public_itself(_HEAD))
    is_led_on = or_(PUBLIC_I.merged_into.is_(None), head.correlate(PUBLIC_I).exists())
    return RowRule(and_(_is_public_itself(PUBLIC_I), is_led_on), "incident")


def _is_public_itself(of: Any) -> ColumnElement[bool]:
    """Return the SQL condition that a case is public unless it was merged."""
    hidden = select(PublicRelease.incident_id).where(
        PublicRelease.incident_id == of.id, PublicRelease.hidden_at.is_not(None)
    )
    return and_(
        of.jurisdiction_id == bindparam("jurisdiction_id", None, Uuid()),
        of.category == any_(bindparam("public_categories", None, ARRAY(Text()))),
        of.deleted_at.is_(None),
        is_ordinary(of),
        ~hidden.correlate(of).exists(),
    )


@lru_cache
def _is_public_state(of: Any) -> ColumnElement[bool]:
    """Return `is_public` for the states `state` of cases that figures count; deleted cases have none."""
    hidden = select(PublicRelease.incident_id).where(
        PublicRelease.incident_id == of.id, PublicRelease.hidden_at.is_not(None)
    )
    return RowRule(
        and_(
            of.jurisdiction_id == bindparam("jurisdiction_id", None, Uuid()),
            of.category == any_(bindparam("public_categories", None, ARRAY(Text()))),
            Fragment("not state.is_merged"),
            is_ordinary(of),
            ~hidden.correlate(of).exists(),
        ),
        "incident",
    )


@dataclass(frozen=True)
class PublicStates:
    """The rule of `is_public` for the case states that figures count. `binds`: as `is_public` has them."""

    binds: dict[str, Any]

    def condition(self, of: Any) -> ColumnElement[bool]:
        """Return the SQL condition that a counted state is that of a public case."""
        return _is_public_state(of)


# The public cases of a list by category, state and time of report. All statements that count the rows of that list have it.
IS_LISTED = Fragment(
    """
    {is_public}
      and (cast(:categories as text[]) is null or i.category = any(cast(:categories as text[])))
      and (cast(:is_open as boolean) is null
           or (i.status not in ('not_filed', 'closed', 'force_closed')) = cast(:is_open as boolean))
      and i.reported_at >= cast(:reported_from as timestamptz) and i.reported_at < cast(:reported_to as timestamptz)
    """,
    is_public=is_public(),
)
