"""Ids for the rows of a file of households, where several rows can belong to one household."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from uuid import UUID, uuid5

import orjson

from app.exchange.rules.contract import CONTENT_DIGEST_BYTES, JudgedRow
from app.exchange.rules.faults import Fault
from app.exchange.rules.households import MEMBER_FIELDS, household_of


class HouseholdMembers:
    """A generator of ids for the residents, households and premises in an imported file.

    The same rows get the same ids in each import. An instance is used for one file. It stores digests of the earlier rows of
    the file, to find duplicates and rows that contradict each other about one household.
    """

    def __init__(self) -> None:
        self._facts: dict[UUID, tuple[int, bytes]] = {}
        self._rows: dict[tuple[UUID, bytes], tuple[int, int]] = {}
        self._namesakes: Counter[tuple[UUID, str, str]] = Counter()

    def identify(self, judged: JudgedRow, texts: Mapping[str, str], namespace: UUID) -> None:
        """Set `id`, `premises_id` and `namesake` of a row, or add a fault.

        The fault is `household_differs` if an earlier row of the same household has other values for the household. It is
        `duplicate_in_file` if all cells are equal to those of an earlier row. A row that differs from an earlier row only in
        ignored columns is accepted and marked as a repeat.
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
