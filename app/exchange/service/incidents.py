"""Importing incidents: from judged rows to cases."""

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
from app.exchange.rules.contract import Field, Judged
from app.exchange.rules.faults import Fault
from app.exchange.rules.values import own_id, time_reader
from app.exchange.service import placing
from app.exchange.service.kinds import Kind, Stored
from app.exchange.service.options import SHIFTED, Options, is_in_degrees, zone_of
from app.incidents import service as incidents
from app.incidents.service import ImportedCase
from app.profiles.rules.profile import Profile

_PROPOSED_MAX = 50


class Incidents(Kind):
    """What the kind `incidents` needs: its fields, and how its rows are stored."""

    key = "key"

    def __init__(
        self, actor: Actor, options: Options, jurisdiction_id: UUID, profile: Profile, crs: str | None
    ) -> None:
        super().__init__(actor, options, jurisdiction_id, profile, crs)
        self._names = names_of(profile)
        self._zone = zone_of(options.timezone, profile.timezone)
        self.unknown: Counter[str] = Counter()

    @property
    def fields(self) -> Sequence[Field]:
        return rules.fields(time_reader(self._zone, day_first=self._options.day_first))

    def finisher(self, columns: dict[str, str | None]) -> Any:
        return rules.finisher(columns, is_projected=not is_in_degrees(self._crs), now=clock.now())

    def store(self, session: Session, rows: Sequence[Judged]) -> Stored:
        """Store rows as cases; those refused."""
        refused: dict[UUID, Sequence[Fault]] = {}
        cases: list[ImportedCase] = []
        # An export of ours names each case by its id.
        own = {one.id: given for one in rows if (given := own_id(one.values.get("key")))}
        known = incidents.known_ids(session, self._jurisdiction_id, set(own.values())) if own else set()
        unchanged = frozenset(row for row, given in own.items() if given in known)
        rows = [one for one in rows if one.id not in unchanged]
        sent = [(one.values["lon"], one.values["lat"]) for one in rows]
        for one, point in zip(rows, placing.in_degrees(session, sent, self._crs), strict=True):
            if point is None:
                refused[one.id] = [Fault("no_usable_point")]
            else:
                cases.append(self._case(one, point))
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
        made = [("incident", one.id, one.id) for one in rows if one.id not in refused]
        return Stored(refused, unchanged, made=made)

    def take_back(self, session: Session, ids: Sequence[UUID]) -> AbstractSet[UUID]:
        reasons = incidents.reasons_to_stay(session, ids)
        free = frozenset(id for id, reason in reasons.items() if reason is None)
        if free:
            incidents.take_back_imported(session, self._actor, free)
        return free

    def summary(self) -> dict[str, Any]:
        """Categories that the taxonomy does not know, how often each came, and what it may mean."""
        return {
            "unknown_categories": [
                {"category": said, "rows": count, "proposed": self._proposed(said)}
                for said, count in self.unknown.most_common(_PROPOSED_MAX)
            ]
        }

    def _case(self, one: Judged, point: placing.Point) -> ImportedCase:
        values = one.values
        said = values.get("category")
        code = self._names.get(said.casefold()) if said else None
        if said and code is None:
            self.unknown[said] += 1
        is_shifted = self._crs in SHIFTED
        kept = {name: values[name] for name in ("key", "address", "channel") if values.get(name)}
        lon_sent, lat_sent = (values["lon"], values["lat"]) if is_shifted else point
        return ImportedCase(
            id=one.id,
            lon=point[0],
            lat=point[1],
            lon_sent=lon_sent,
            lat_sent=lat_sent,
            coord_sys=str(self._crs) if is_shifted else "wgs84",
            category=code or said,
            words=values.get("description") or "",
            reported_at=values["reported_at"],
            closed_at=values.get("closed_at"),
            reporter_name=values.get("reporter_name"),
            reporter_phone=values.get("reporter_phone"),
            attributes=kept | ({"category": said} if said and said != code else {}),
        )

    def _proposed(self, said: str) -> str | None:
        """A category with a name like what was said; for a person to confirm, never taken by itself."""
        words = said.casefold().rpartition("-")[2]
        near = get_close_matches(words, self._names, n=1, cutoff=0.6)
        return self._names[near[0]] if near else None


def names_of(profile: Profile) -> dict[str, str]:
    """Codes and names of the categories, however written, to codes."""
    found: dict[str, str] = {}
    for code, category in profile.taxonomy.categories.items():
        for name in (category.name.en, category.name.zh, code):
            found[name.casefold()] = code
    return found
