"""XML and JSON of one value are equal in content, for any text that a database can have."""

import json
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.open311.rules.documents import ITEMS, instant, render, text
from tests.open311.conftest import LISTS, as_texts, content_of
from tests.sample_sizes import examples

# PostgreSQL stores every character but the zero character and lone surrogates.
TEXTS = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=40)
INSTANTS = st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(UTC))
LEAVES = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | TEXTS | INSTANTS | st.floats(-180, 180)
MEMBERS = st.sampled_from(["service_code", "description", "lat", "long", "metadata", "updated_datetime"])
OBJECTS = st.dictionaries(MEMBERS, LEAVES, max_size=6)
VALUES = st.dictionaries(MEMBERS, LEAVES, min_size=1, max_size=4) | st.builds(
    lambda fields, values: fields | {"values": values}, OBJECTS, st.lists(OBJECTS, min_size=1, max_size=3)
)


def test_items_of_lists_have_the_names_of_the_specification():
    assert ITEMS == LISTS


@settings(max_examples=examples(200, 2_000), deadline=None, derandomize=True)
@given(st.lists(VALUES, max_size=4))
def test_xml_and_json_are_equal_in_content(items):
    """Seen red when a carriage return, a control character or an empty text was written as it is."""
    xml = ET.fromstring(render("xml", "service_requests", items))
    from_json = as_texts(json.loads(render("json", "service_requests", items)))
    # An object without members is an empty element.
    assert content_of(xml) == [_without_empty(item) for item in from_json]


def _without_empty(value):
    if isinstance(value, dict):
        return {name: _without_empty(member) for name, member in value.items()} or None
    if isinstance(value, list):
        return [_without_empty(item) for item in value]
    return value


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("\x01\x0b\ufffe", "\ufffd\ufffd\ufffd"),
        ("垃圾 <b>&amp;</b> 𠮷", "垃圾 <b>&amp;</b> 𠮷"),
    ],
)
def test_text_is_what_every_format_can_have(given_text, expected):
    assert text(given_text) == expected


def test_markup_in_a_text_stays_a_text():
    document = render("xml", "service_requests", [{"description": "</description><status>closed</status>"}])
    assert content_of(ET.fromstring(document)) == [{"description": "</description><status>closed</status>"}]


def test_instant_has_its_zone_and_whole_seconds():
    assert instant(datetime(2026, 11, 29, 8, 0, 0, 999_999, UTC)) == "2026-11-29T08:00:00Z"
