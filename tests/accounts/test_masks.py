"""Masks of names, phone numbers and addresses in SQL."""

import pytest
from sqlalchemy import text

from app.accounts.rules.masking import (
    FieldClass,
    masked,
    masked_address,
    masked_email,
    masked_name,
    masked_phone,
)
from app.core import db

PHONES = {
    "13812345678": "138****5678",
    "+8613812345678": "+86138****5678",
    "87654321": "****21",
    "110": "****",
    "": "****",
    None: None,
}
EMAILS = {"zhang.san@mail.example": "z***@mail.example", "": "***@", None: None}
NAMES = {"张三": "张**", "张三丰": "张**", " 欧阳 修": "欧**", "John Smith": "J**", "": "**", None: None}
ADDRESSES = {
    "幸福路12号3单元501": "幸福路****",
    "杭州市西湖区文三路九号": "杭州市西湖****",
    "翠湖别墅": "翠湖****",
    "12 Happy Road": "****",
    "": "****",
    None: None,
}


@pytest.mark.parametrize(
    ("mask", "given", "shown"),
    [
        (mask, given, shown)
        for mask, cases in (
            *((masked_phone, PHONES), (masked_email, EMAILS)),
            *((masked_name, NAMES), (masked_address, ADDRESSES)),
        )
        for given, shown in cases.items()
    ],
)
def test_mask_hides_identifying_part_of_value(app, mask, given, shown):
    with db.read_session() as session:
        statement = text(f"select {mask('x.v')} from (select cast(:v as text) as v) x")
        assert session.scalar(statement, {"v": given}) == shown


@pytest.mark.parametrize("kind", FieldClass)
@pytest.mark.parametrize("given", ["13812345678", "张三丰", "幸福路12号3单元501", "weixin-abc", "x"])
def test_mask_of_every_field_class_hides_value(app, kind, given):
    with db.read_session() as session:
        statement = text(f"select {masked(kind, 'x.v')} from (select cast(:v as text) as v) x")
        shown = session.scalar(statement, {"v": given})
    assert ("**" in shown and shown.replace("*", "") != given) or given == "x"
