"""Rules of addresses in the register. Pure functions.

The profile (settings) of a jurisdiction selects the rule (`addresses.rule`): `xihu` or `free`.

`xihu` is the address standard of Xihu District: every part is sent, and a part that does not exist is `无`, never null or
empty. A building is `1幢` (not `1`, `1栋` or `1号`), a staircase `2单元`.

`free` accepts any parts, or one text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ABSENT = "无"
PARTS = (
    "province",
    "city",
    "county",
    "town",
    "community",
    "grid",
    "compound",
    "building",
    "unit",
    "room",
)
# Parts that exist everywhere; the others may be `无`.
_NEVER_ABSENT = frozenset({"province", "city", "county", "town", "community"})
# The parts of the address as a text. The grid is a part of the administration, not of a postal address.
_SPOKEN = tuple(part for part in PARTS if part != "grid")
PART_MAX, ADDRESS_MAX = 60, 300

_BUILDING = re.compile(r"[1-9][0-9]{0,3}(-[1-9][0-9]?)?[A-Z]?幢")
_UNIT = re.compile(r"[1-9][0-9]?单元")
_ROOM = re.compile(r"[^\s,;，；]{1,20}")


@dataclass(frozen=True, slots=True)
class AddressFault:
    """A fault of one part of an address. `code` is part of the API, such as `part_missing`."""

    field: str
    code: str


@dataclass(frozen=True, slots=True)
class Address:
    """An address as its ten parts and as one text."""

    parts: Mapping[str, str]
    text: str


def read_address(
    rule: str, sent: Mapping[str, Any], text: str | None = None
) -> tuple[Address, list[AddressFault]]:
    """Validate an address by a rule. Return the address to store, and all its faults.

    The caller must not store the address if there are faults.

    Args:
        rule: `xihu` or `free`.
        sent: The parts by name. A part that was not sent is None or missing.
        text: The whole address as one text. Used only by the rule `free`.
    """
    faults = _xihu_faults(sent) if rule == "xihu" else []
    faults += [AddressFault(part, "wrong_length") for part in PARTS if len(_clean(sent.get(part))) > PART_MAX]
    parts = {part: _clean(sent.get(part)) or ABSENT for part in PARTS}
    composed = compose(parts)
    whole = composed if rule == "xihu" else _clean(text) or composed
    if not whole and not faults:
        faults.append(AddressFault("address", "required"))
    if len(whole) > ADDRESS_MAX:
        faults.append(AddressFault("address", "wrong_length"))
    return Address(parts, whole), faults


def compose(parts: Mapping[str, str]) -> str:
    """Join the existing parts of an address to one text, from the widest to the narrowest.

    Example: 浙江省杭州市西湖区古荡街道…1幢2单元301.
    """
    return "".join(parts[part] for part in _SPOKEN if parts[part] != ABSENT)


def _clean(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _xihu_faults(sent: Mapping[str, Any]) -> list[AddressFault]:
    faults = []
    for part in PARTS:
        if part not in sent:
            faults.append(AddressFault(part, "part_missing"))
        elif not _clean(sent[part]):
            faults.append(AddressFault(part, "part_empty"))
        elif _clean(sent[part]) == ABSENT:
            if part in _NEVER_ABSENT:
                faults.append(AddressFault(part, "part_absent"))
        elif part in _FORMS and not _FORMS[part].fullmatch(_clean(sent[part])):
            faults.append(AddressFault(part, f"{part}_form"))
    return faults


_FORMS = {"building": _BUILDING, "unit": _UNIT, "room": _ROOM}
