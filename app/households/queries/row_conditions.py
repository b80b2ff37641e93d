"""Conditions and binds that the statements of several tables of the register share."""

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Uuid, any_, bindparam, or_

from app.core.db import Versioned

# Compare a column with it for "is one of the ids": `Household.id == IDS`, with a list as `ids`.
IDS = any_(bindparam("ids", type_=ARRAY(Uuid)))
_EXPECTED = bindparam("expected", type_=BigInteger())


def has_expected_version(model: type[Versioned]) -> ColumnElement[bool]:
    """Return the condition that a row still has version `:expected`, which the caller has read.

    None: any version.
    """
    return or_(_EXPECTED.is_(None), model.version == _EXPECTED)
