"""Import of incidents, stored as cases."""

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from difflib import get_close_matches
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Permission
from app.exchange.rules import incidents as rules
from app.exchange.rules.cell_readers import time_reader, uuid_or_none
from app.exchange.rules.contract import Field, JudgedRow
from app.exchange.rules.faults import Fault
from app.exchange.service import reprojection
from app.exchange.service.kinds import Kind, StoreResult
from app.exchange.service.options import SHIFTED, Options, is_geographic, zone_of
from app.incidents import service as incidents
from app.incidents.service import ImportedCase
from app.profiles.rules.profile import Profile

_CATEGORIES_LISTED = 50


class Incidents(Kind):
    """The kind of import `incidents`: its fields, and the storing of its rows as cases."""

    key = "key"

    def __init__(
        self, actor: Actor, options: Options, jurisdiction_id: UUID, profile: Profile, crs: str | None
    ) -> None:
        super().__init__(actor, options, jurisdiction_id, profile, crs)
        self._names = category_codes(profile)
        self._zone = zone_of(options.timezone, profile.timezone)
        self.unknown: Counter[str] = Counter()

    @property
    def fields(self) -> Sequence[Field]:
        return rules.fields(time_reader(self._zone, day_first=self._options.day_first))

    def finisher(self, columns: dict[str, str | None]) -> Any:
        return rules.finisher(columns, is_projected=not is_geographic(self._crs), now=clock.now())

    def store(self, session: Session, rows: Sequence[JudgedRow]) -> StoreResult:
        """Store validated rows as cases."""
        refused: dict[UUID, Sequence[Fault]] = {}
        cases: list[ImportedCase] = []
        # In an export of Gridward the key of a row is the id of the case.
        own_ids = {
            judged.id: exported_id
            for judged in rows
            if (exported_id := uuid_or_none(judged.values.get("key")))
        }
        existing = (
            incidents.existing_ids(session, self._jurisdiction_id, set(own_ids.values()))
            if own_ids
            else set()
        )
        unchanged = frozenset(row_id for row_id, exported_id in own_ids.items() if exported_id in existing)
        rows = [judged for judged in rows if judged.id not in unchanged]
        sent = [(judged.values["lon"], judged.values["lat"]) for judged in rows]
        for judged, point in zip(rows, reprojection.points_to_degrees(session, sent, self._crs), strict=True):
            if point is None:
                refused[judged.id] = [Fault("no_usable_point")]
            else:
                cases.append(self._case(judged, point))
        everywhere = self._actor.everywhere_with(Permission.IMPORT_RUN)
        for case_id, code in incidents.import_cases(
            session,
            self._actor,
            jurisdiction_id=self._jurisdiction_id,
            cases=cases,
            granted=None if everywhere else self._actor.area_ids_with(Permission.IMPORT_RUN),
            is_live=self._options.is_live,
        ).items():
            refused[case_id] = [Fault(code)]
        made = [("incident", judged.id, judged.id) for judged in rows if judged.id not in refused]
        return StoreResult(refused, unchanged, made=made)

    def undo_rows(self, session: Session, ids: Sequence[UUID]) -> AbstractSet[UUID]:
        reasons = incidents.undo_blockers(session, ids)
        free = frozenset(id for id, reason in reasons.items() if reason is None)
        if free:
            incidents.undo_import(session, self._actor, free)
        return free

    def summary(self) -> dict[str, Any]:
        """Return the most frequent categories of the file that the jurisdiction does not have.

        Each has the number of its rows, and as a proposal the code of a category with a similar name, or None.
        """
        return {
            "unknown_categories": [
                {"category": category, "rows": count, "proposed": self._proposed(category)}
                for category, count in self.unknown.most_common(_CATEGORIES_LISTED)
            ]
        }

    def _case(self, judged: JudgedRow, point: reprojection.Point) -> ImportedCase:
        values = judged.values
        category = values.get("category")
        code = self._names.get(category.casefold()) if category else None
        if category and code is None:
            self.unknown[category] += 1
        is_shifted = self._crs in SHIFTED
        attributes = {name: values[name] for name in ("key", "address", "channel") if values.get(name)}
        lon_sent, lat_sent = (values["lon"], values["lat"]) if is_shifted else point
        return ImportedCase(
            id=judged.id,
            lon=point[0],
            lat=point[1],
            lon_sent=lon_sent,
            lat_sent=lat_sent,
            coord_sys=str(self._crs) if is_shifted else "wgs84",
            category=code or category,
            words=values.get("description") or "",
            reported_at=values["reported_at"],
            closed_at=values.get("closed_at"),
            reporter_name=values.get("reporter_name"),
            reporter_phone=values.get("reporter_phone"),
            attributes=attributes | ({"category": category} if category and category != code else {}),
        )

    def _proposed(self, category: str) -> str | None:
        """Return the code of the category whose name is most similar, or None.

        The code is only a proposal, which a person has to confirm.
        """
        name = category.casefold().rpartition("-")[2]
        matches = get_close_matches(name, self._names, n=1, cutoff=0.6)
        return self._names[matches[0]] if matches else None


def category_codes(profile: Profile) -> dict[str, str]:
    """Return the codes of categories by their codes and names, which are case-folded."""
    codes: dict[str, str] = {}
    for code, category in profile.taxonomy.categories.items():
        for name in (category.name.en, category.name.zh, code):
            codes[name.casefold()] = code
    return codes
