"""Documents of Open311 as XML and JSON, made from one value.

The value of a document is a dict or a list of plain values. JSON is the value without its root. XML names each item of
a list by the name of the list, and has no attributes and no namespace. Source: GeoReport v2, *Format Support*, and the
Spark convention of Open311.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import orjson

FORMATS = ("xml", "json")
CONTENT_TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
# The name of an item in a list, by the name of the list.
ITEMS = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
_DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\n'
# XML 1.0 allows no other characters, also not as references. Source: XML 1.0, production 2.
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def render(form: str, root: str, value: Any) -> bytes:
    """Return a document in a format.

    Args:
        form: `xml` or `json`.
        root: Name of the root element of XML. A list takes the name of its items from it.
        value: The content. An instant is written in UTC, with seconds.
    """
    plain = _plain(value)
    if form == "json":
        return orjson.dumps(plain)
    document: bytes = ET.tostring(_element(root, plain), encoding="utf-8")
    return _DECLARATION + document


def instant(value: datetime) -> str:
    """Return an instant in the W3C format with its zone, such as `2026-11-29T08:00:00Z`."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def text(value: str) -> str:
    """Return a text as every format can have it.

    Characters that XML forbids are replaced, and line ends are line feeds, because a parser of XML makes them so.
    """
    if value.isprintable():  # most texts, and each character of them is one of XML
        return value
    return _NOT_IN_XML.sub(_REPLACEMENT, value.replace("\r\n", "\n").replace("\r", "\n"))


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        # An empty element of XML is no value, so an empty text is none in JSON too.
        return text(value) or None
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, Mapping):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _element(name: str, value: Any) -> ET.Element:
    element = ET.Element(name)
    if isinstance(value, dict):
        for member, content in value.items():
            element.append(_element(member, content))
    elif isinstance(value, list):
        for item in value:
            element.append(_element(ITEMS[name], item))
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = str(value)
    return element
