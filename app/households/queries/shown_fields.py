"""Fields of the register as an actor is shown them: in full, or masked."""

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
    """Return a column behind one of the masks of `accounts.rules.masking`."""
    return Fragment(mask("{column}"), column=column)


@lru_cache(maxsize=500)
def shown_address(reads_address: ColumnElement[bool], of: Any = Premises) -> ColumnElement[Any]:
    """Return the address of premises, masked where `reads_address` does not hold."""
    return case((reads_address, of.address), else_=masked(masked_address, of.address))


@lru_cache(maxsize=500)
def shown_label(reads_residents: ColumnElement[bool], of: Any = Household) -> ColumnElement[Any]:
    """Return the label of a household, masked where `reads_residents` does not hold.

    A label is often a name.
    """
    return case((reads_residents, of.label), else_=masked(masked_label, of.label))


@lru_cache(maxsize=500)
def shown_name(reads_names: ColumnElement[bool], of: Any = Premises) -> ColumnElement[Any]:
    """Return the name of premises. Where `reads_names` does not hold, that of a home is masked.

    The name over the door of a shop or an office is public, but for telephone numbers in it.
    """
    kinds = [literal(kind, literal_execute=True) for kind in PUBLICLY_NAMED]
    return case(
        (reads_names, of.name),
        (of.kind.in_(kinds), masked(without_long_numbers, of.name)),
        else_=masked(masked_label, of.name),
    )
