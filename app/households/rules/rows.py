"""Validation of rows of the register. Pure functions.

Each function returns the columns to store and all faults of the row. A fault has `field` and `code`.
"""

import math
import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from app.accounts.rules.masking import looks_like_national_id
from app.core.mail_addresses import email_of
from app.households.rules.addresses import PARTS, read_address
from app.households.rules.register import CARE_CYCLE_MAX, CARE_DAYS_MAX, CARE_KINDS, PREMISES_KINDS

Fault = dict[str, str]
RESIDENT_NAME_MAX, REGISTERED_AT_MAX, CARE_PURPOSE_MAX = 60, 120, 200
_PHONE = re.compile(r"\+?[0-9][0-9 \-]{2,18}[0-9]")
TEXT_MAX = {"name": 200, "label": 60, "external_ref": 120}


def national_id_faults(texts: Mapping[str, Any]) -> list[Fault]:
    """Return a fault for each text that contains a national id number.

    No field of the register may contain such a number.

    Args:
        texts: Values by name of the field.
    """
    return [
        {"field": field, "code": "looks_like_national_id"}
        for field, value in texts.items()
        if isinstance(value, str) and looks_like_national_id(value)
    ]


def read_row(row: Mapping[str, Any], address_rule: str | None) -> tuple[dict[str, Any], list[Fault]]:
    """Validate a row of premises. Return the columns to store, and all faults.

    The columns include the label of the household.

    Args:
        address_rule: Rule for addresses in the jurisdiction: `xihu` or `free`. None: the jurisdiction does not exist.
    """
    faults = []
    if address_rule is None:
        faults.append({"field": "jurisdiction_id", "code": "reference_unknown"})
    if row.get("kind") not in PREMISES_KINDS:
        faults.append({"field": "kind", "code": "not_one_of"})
    for axis, most in (("lon", 180), ("lat", 90)):
        value = row.get(axis)
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not is_number or abs(value) > most:  # type: ignore[arg-type]
            faults.append({"field": axis, "code": "out_of_range"})
    texts = {key: _text(row.get(key)) for key in TEXT_MAX}
    faults += [
        {"field": key, "code": "wrong_length"} for key, most in TEXT_MAX.items() if len(texts[key]) > most
    ]
    address, wrong = read_address(address_rule or "free", row, row.get("address"))
    faults += [{"field": fault.field, "code": fault.code} for fault in wrong]
    free = {key: row.get(key) for key in (*TEXT_MAX, *PARTS, "address", "allow_same_address")}
    faults += national_id_faults(free)
    stored = {
        "jurisdiction_id": row.get("jurisdiction_id"),
        "kind": row.get("kind"),
        "name": texts["name"] or None,
        **address.parts,
        "address": address.text,
        "external_ref": texts["external_ref"] or None,
        "label": texts["label"],
        "lon": row.get("lon"),
        "lat": row.get("lat"),
        "is_generated": bool(row.get("is_generated", False)),
    }
    return stored, faults


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def read_resident(sent: Mapping[str, Any], *, this_year: int) -> tuple[dict[str, Any], list[Fault]]:
    """Validate a row of a resident. Return its columns, and all faults.

    If `is_registered_here` or `lives_here` is missing in the row, its value is True. The value null means unknown.
    """
    faults = []
    stored = {
        "name": _text(sent.get("name")),
        "phone": _text(sent.get("phone")) or None,
        "email": email_of(email) if (email := _text(sent.get("email"))) else None,
        "is_registered_here": sent.get("is_registered_here", True),
        "lives_here": sent.get("lives_here", True),
        "registered_at": _text(sent.get("registered_at")) or None,
        "birth_year": sent.get("birth_year"),
    }
    if not 1 <= len(stored["name"]) <= RESIDENT_NAME_MAX:
        faults.append({"field": "name", "code": "wrong_length"})
    if stored["phone"] and not _PHONE.fullmatch(stored["phone"]):
        faults.append({"field": "phone", "code": "invalid"})
    if email and stored["email"] is None:
        faults.append({"field": "email", "code": "address_unusable"})
    for flag in ("is_registered_here", "lives_here"):
        if not isinstance(stored[flag], bool | None):
            faults.append({"field": flag, "code": "invalid"})
    if stored["is_registered_here"] and stored["registered_at"]:
        # Registered here and registered elsewhere exclude each other.
        faults.append({"field": "registered_at", "code": "not_allowed_here"})
    if len(stored["registered_at"] or "") > REGISTERED_AT_MAX:
        faults.append({"field": "registered_at", "code": "wrong_length"})
    year = stored["birth_year"]
    if year is not None and (
        not isinstance(year, int) or isinstance(year, bool) or not 1880 <= year <= this_year
    ):
        faults.append({"field": "birth_year", "code": "out_of_range"})
    free = {key: sent.get(key) for key in ("name", "phone", "email", "registered_at")}
    return stored, faults + national_id_faults(free)


def read_care(sent: Mapping[str, Any], *, today: date) -> tuple[dict[str, Any], list[Fault]]:
    """Validate a row of a care tag (help that a resident needs). Return columns and all faults.

    The columns are `kind`, `purpose`, `ends_on` and `cycle_days`.
    """
    purpose, ends_on, cycle = _text(sent.get("purpose")), sent.get("ends_on"), sent.get("cycle_days")
    faults = national_id_faults({"purpose": purpose})
    if sent.get("kind") not in CARE_KINDS:
        faults.append({"field": "kind", "code": "not_one_of"})
    if not 2 <= len(purpose) <= CARE_PURPOSE_MAX:
        faults.append({"field": "purpose", "code": "wrong_length" if purpose else "required"})
    if not isinstance(ends_on, date):
        faults.append({"field": "ends_on", "code": "required"})
    elif not today <= ends_on <= today + timedelta(days=CARE_DAYS_MAX):
        faults.append({"field": "ends_on", "code": "out_of_range"})
    if cycle is not None and not 1 <= cycle <= CARE_CYCLE_MAX:
        faults.append({"field": "cycle_days", "code": "out_of_range"})
    return {"kind": sent.get("kind"), "purpose": purpose, "ends_on": ends_on, "cycle_days": cycle}, faults
