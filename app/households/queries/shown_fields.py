"""SQL columns of the register that are masked if the actor may not read them in full."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, case, literal

from app.accounts.rules.masking import masked_address, masked_label, without_long_numbers
from app.core.db import Fragment
from app.households.models import Household, Premises
from app.households.rules.register import PUBLICLY_NAMED


@lru_cache(maxsize=100)
def masked(mask: Callable[[str], str], column: Any) -> Fragment:
    """Return an SQL column that is masked by a function of `accounts.rules.masking`."""
    return Fragment(mask("{column}"), column=column)


@lru_cache(maxsize=500)
def shown_address(reads_address: ColumnElement[bool], of: Any = Premises) -> ColumnElement[Any]:
    """Return an SQL column: the address of premises, masked where `reads_address` is false.

    Args:
        reads_address: Condition that the actor may read the address.
        of: `Premises` or an alias of it in the statement.
    """
    return case((reads_address, of.address), else_=masked(masked_address, of.address))


@lru_cache(maxsize=500)
def shown_label(reads_residents: ColumnElement[bool], of: Any = Household) -> ColumnElement[Any]:
    """Return an SQL column: the label of a household, masked where `reads_residents` is false.

    A label is often the name of a resident.

    Args:
        reads_residents: Condition that the actor may read the residents.
        of: `Household` or an alias of it in the statement.
    """
    return case((reads_residents, of.label), else_=masked(masked_label, of.label))


@lru_cache(maxsize=500)
def shown_name(reads_names: ColumnElement[bool], of: Any = Premises) -> ColumnElement[Any]:
    """Return an SQL column: the name of premises, masked for homes where `reads_names` is false.

    The name of a shop or an office is public. Only telephone numbers in it are masked.

    Args:
        reads_names: Condition that the actor may read names of residents there.
        of: `Premises` or an alias of it in the statement.
    """
    kinds = [literal(kind, literal_execute=True) for kind in PUBLICLY_NAMED]
    return case(
        (reads_names, of.name),
        (of.kind.in_(kinds), masked(without_long_numbers, of.name)),
        else_=masked(masked_label, of.name),
    )
