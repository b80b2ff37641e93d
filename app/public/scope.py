"""The rule of visibility for people without an account: which cases are public."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, Uuid, and_, any_, bindparam, select
from sqlalchemy.orm import aliased

from app.core.db import Fragment, RowRule
from app.incidents.models import Incident
from app.incidents.scope import is_ordinary
from app.public.models import PublicRelease

# The case `i` of the statements of this package.
PUBLIC_I = aliased(Incident, name="i")


@lru_cache
def is_public() -> ColumnElement[bool]:
    """Return the SQL condition that the case `i` is shown to people without an account.

    It is a case of a public category of the city, neither confidential nor about a person or unit, not merged into another
    case, and nobody has hidden it. Binds: `jurisdiction_id`, `public_categories` (of the profile in force).
    """
    hidden = select(PublicRelease.incident_id).where(
        PublicRelease.incident_id == PUBLIC_I.id, PublicRelease.hidden_at.is_not(None)
    )
    return RowRule(
        and_(
            PUBLIC_I.jurisdiction_id == bindparam("jurisdiction_id", None, Uuid()),
            PUBLIC_I.category == any_(bindparam("public_categories", None, ARRAY(Text()))),
            PUBLIC_I.deleted_at.is_(None),
            PUBLIC_I.merged_into.is_(None),
            is_ordinary(PUBLIC_I),
            ~hidden.correlate(PUBLIC_I).exists(),
        ),
        "incident",
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
