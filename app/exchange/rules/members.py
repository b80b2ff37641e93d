"""Ids of the rows of a file of households, in which several rows may be members of one household."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from uuid import UUID, uuid5

import orjson

from app.exchange.rules.contract import CONTENT_DIGEST_BYTES, JudgedRow
from app.exchange.rules.faults import Fault
from app.exchange.rules.households import MEMBER_FIELDS, household_of


class HouseholdMembers:
    """Computes the ids of residents, households and premises for the rows of an imported file.

    The same rows get the same ids in each import. An instance is for one file: it keeps digests of the earlier rows, to find
    duplicates and rows of one household that contradict each other.
    """

    def __init__(self) -> None:
        self._facts: dict[UUID, tuple[int, bytes]] = {}
        self._rows: dict[tuple[UUID, bytes], tuple[int, int]] = {}
        self._namesakes: Counter[tuple[UUID, str, str]] = Counter()

    def identify(self, judged: JudgedRow, texts: Mapping[str, str], namespace: UUID) -> None:
        """Set `id`, `premises_id` and `namesake` of a row, or add a fault.

        All rows of one household must have the same values of the household; else the row gets the fault `household_differs`. A
        row that differs only in ignored columns from an earlier one is a repeat; an equal row gets the fault
        `duplicate_in_file`.
        """
        values, number = judged.values, judged.row.number
        premises_id = uuid5(namespace, f"households:{household_of(values)}")
        facts = {
            name: text
            for name, text in texts.items()
            if name not in MEMBER_FIELDS and name not in ("id", "label")
        }
        facts |= {"lon": str(values["lon"]), "lat": str(values["lat"])}
        packed = orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)
        digest = hashlib.sha256(packed).digest()[:16]
        first, first_digest = self._facts.setdefault(premises_id, (number, digest))
        if first_digest != digest:
            judged.faults.append(Fault("household_differs", None, {"row": first}))
            return
        cells = hash(tuple(map(str, judged.row.cells)))
        first, first_cells = self._rows.setdefault(
            (premises_id, judged.digest[:CONTENT_DIGEST_BYTES]), (number, cells)
        )
        if first != number and first_cells == cells:
            judged.faults.append(Fault("duplicate_in_file", None, {"row": first}))
        judged.is_repeat = first != number
        label, name = values.get("label") or "", values.get("resident_name")
        values["premises_id"] = judged.id = premises_id
        if name and not judged.is_repeat:
            self._namesakes[premises_id, label, name] += 1
            values["namesake"] = self._namesakes[premises_id, label, name]
            judged.id = uuid5(premises_id, f"{label}:{name}:{values['namesake']}")
        elif label:
            judged.id = uuid5(premises_id, label)
