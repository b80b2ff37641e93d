"""Personal fields: what kinds there are, and how each is masked in SQL unless somebody gives a purpose.

The functions take an SQL expression (a column name of ours, never input) and return one, for use in queries.
"""

from enum import StrEnum


class FieldClass(StrEnum):
    """What a personal field says about somebody."""

    NAME = "name"
    PHONE = "phone"
    ADDRESS = "address"
    CONTACT = "contact"


def masked(kind: FieldClass, expression: str) -> str:
    """The SQL of a masked field; NULL stays NULL."""
    return _MASKS[kind].format(f"({expression})")


def masked_name(expression: str) -> str:
    """张三丰 -> 张**. Always two stars, so that the length says nothing."""
    return masked(FieldClass.NAME, expression)


def masked_phone(expression: str) -> str:
    """13812345678 -> 138****5678; shorter numbers show their last two digits only."""
    return masked(FieldClass.PHONE, expression)


def masked_address(expression: str) -> str:
    """幸福路12号3单元501 -> 幸福路****: nothing from the first number on, and never more than half."""
    return masked(FieldClass.ADDRESS, expression)


_NUMBER = "[0-9０-９一二三四五六七八九十百]"

_MASKS = {
    FieldClass.NAME: "(left(btrim({0}), 1) || '**')",
    FieldClass.PHONE: (
        "(case when length({0}) >= 11 then left({0}, length({0}) - 8) || '****' || right({0}, 4)"
        " when length({0}) >= 7 then '****' || right({0}, 2)"
        " when {0} is not null then '****' end)"
    ),
    FieldClass.ADDRESS: (f"(left(regexp_replace({{0}}, '{_NUMBER}.*$', ''), length({{0}}) / 2) || '****')"),
    FieldClass.CONTACT: "(case when {0} is not null then '****' end)",
}
