"""SQL conditions and bind parameters that several modules of the register share."""

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Uuid, any_, bindparam, or_

from app.core.db import Versioned

# Compare a column with it for "is one of the ids": `Household.id == IDS`, with a list as `ids`.
IDS = any_(bindparam("ids", type_=ARRAY(Uuid)))
_EXPECTED = bindparam("expected", type_=BigInteger())


def has_expected_version(model: type[Versioned]) -> ColumnElement[bool]:
    """Return the SQL condition that the version of a row equals the bind parameter `expected`.

    If the value of `expected` is None, any version meets the condition.
    """
    return or_(_EXPECTED.is_(None), model.version == _EXPECTED)
