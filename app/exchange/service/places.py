"""Importing areas, units and workers: each through its domain's service."""

from collections.abc import Callable, Mapping, Sequence
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.areas import service as areas
from app.core import clock
from app.core.actor import Permission, Role
from app.core.errors import DomainError, Forbidden
from app.exchange.queries import places as queries
from app.exchange.rules import places as rules
from app.exchange.rules.contract import GEOMETRY, Field, Judged
from app.exchange.rules.faults import Fault, FileRefused
from app.exchange.service.kinds import Kind, Stored
from app.exchange.service.placing import shapes_in_degrees
from app.settings import Settings
from app.workforce import service as workforce

_FINDINGS_MAX = 100
DEFAULT_CAPACITY = 5


class Areas(Kind):
    """The file as a whole: which areas can stand shows only beside the others."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._levels = {
            word.casefold(): level.level
            for level in self._profile.levels
            for word in (level.level, level.name.zh, level.name.en)
        }
        if self._options.level is not None:
            self.given = {"level": _level(self._levels, self._options.level)}
        self._found: list[dict[str, Any]] = []

    @property
    def fields(self) -> Sequence[Field]:
        return rules.area_fields(self._levels)

    def finisher(self, columns: dict[str, str | None]) -> Callable[[Judged], None]:
        return rules.finish_area

    def store(self, session: Session, rows: Sequence[Judged]) -> Stored:
        shapes = shapes_in_degrees(session, [one.values[GEOMETRY] for one in rows], self._crs)
        taken = areas.take_in_areas(
            session,
            self._actor,
            jurisdiction_id=self._jurisdiction_id,
            features=[_feature(one, shape) for one, shape in zip(rows, shapes, strict=True)],
            accepts_findings=self._options.accepts_findings,
        )
        numbers = {one.id: one.row.number for one in rows}
        self._found = [
            {"row": numbers[id], "code": finding.code, "message": finding.message, "place": finding.place,
             "kept": "inactive" if id in taken.inactive else "no"}
            for held in (taken.refused, taken.inactive) for id, finding in held.items()
        ]  # fmt: skip
        return Stored(
            {
                id: [Fault(finding.code, None, {"message": finding.message})]
                for id, finding in taken.refused.items()
            }
        )

    def summary(self) -> dict[str, Any]:
        return {"findings": self._found[:_FINDINGS_MAX]}


def _level(levels: Mapping[str, str], given: str) -> str:
    found = levels.get(given.casefold())
    if found is None:
        raise FileRefused("option_invalid", option="level", value=given)
    return found


def _feature(one: Judged, shape: Any) -> dict[str, Any]:
    values = one.values
    properties = {
        "code": values.get("code") or f"{values['level']}-{one.digest.hex()[:8]}",
        "name": {"zh": values["name"], "en": values.get("name_en") or values["name"]},
        "level": values["level"],
        "parent_code": values.get("parent_code"),
    }
    return {"id": one.id, "geometry": shape, "properties": properties}


class Units(Kind):
    key = "code"

    @property
    def fields(self) -> Sequence[Field]:
        return rules.unit_fields()

    def store(self, session: Session, rows: Sequence[Judged]) -> Stored:
        known = queries.areas_by_code(
            session,
            self._jurisdiction_id,
            {one.values["area_code"] for one in rows if one.values.get("area_code")},
        )
        return _each(session, rows, lambda one: self._open(session, one, known))

    def _open(self, session: Session, one: Judged, known: Mapping[str, UUID]) -> None:
        values = one.values
        area_id = _area(known, values.get("area_code"))
        areas.create_unit(
            session,
            self._actor,
            id=one.id,
            jurisdiction=self._options.jurisdiction,
            code=values["code"],
            name={"zh": values["name"], "en": values.get("name_en") or values["name"]},
            area_id=area_id,
            contact=values.get("contact"),
            competences=[
                {"area_id": area_id, "category_prefix": prefix} for prefix in values.get("categories") or ()
            ],
        )


class Workers(Kind):
    """Accounts with a role in the field, their grids and skills.

    Nobody knows their passwords, and none is told: each signs in after somebody who manages the account has given
    her a one-time password.
    """

    key = "username"

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._password_hash = accounts.hash_password(token_urlsafe(32), Settings.from_env())

    @property
    def fields(self) -> Sequence[Field]:
        return rules.worker_fields()

    def store(self, session: Session, rows: Sequence[Judged]) -> Stored:
        codes = {code for one in rows for code in one.values.get("area_codes") or ()}
        known = queries.areas_by_code(session, self._jurisdiction_id, codes)
        return _each(session, rows, lambda one: self._enrol(session, one, known))

    def _enrol(self, session: Session, one: Judged, known: Mapping[str, UUID]) -> None:
        values = one.values
        role = values.get("role") or "worker"
        places = [_area(known, code) for code in values.get("area_codes") or ()]
        if not places and not self._actor.everywhere_with(Permission.IMPORT_RUN):
            raise Forbidden("outside_own_areas")
        accounts.create_account(
            session,
            self._actor,
            account_id=one.id,
            username=values["username"],
            name=values["name"],
            password_hash=self._password_hash,
            must_change_password=True,
            password_expires_at=clock.now(),
        )
        accounts.add_grant(
            session,
            self._actor,
            account_id=one.id,
            role=Role.GRID_CHIEF if role == "chief" else Role.WORKER,
            area_id=places[0] if places else None,
        )
        workforce.create_worker(
            session,
            self._actor,
            account_id=one.id,
            name=values["name"],
            capacity=values.get("capacity") or DEFAULT_CAPACITY,
            skills=values.get("skills") or (),
        )
        for place in places:
            if place is not None:
                workforce.set_responsibility(session, self._actor, worker_id=one.id, area_id=place, role=role)


def _area(known: Mapping[str, UUID], code: str | None) -> UUID | None:
    if code is None:
        return None
    if code not in known:
        raise _RowRefused("reference_unknown")
    return known[code]


class _RowRefused(DomainError):
    """A row names what is not there."""


def _each(session: Session, rows: Sequence[Judged], act: Callable[[Judged], None]) -> Stored:
    """One row after the other, each taken back alone if its domain refuses it."""
    refused: dict[UUID, Sequence[Fault]] = {}
    for one in rows:
        try:
            with session.begin_nested():
                act(one)
        except DomainError as error:
            errors = error.extra.get("errors") or ()
            code = errors[0]["code"] if errors else error.code
            refused[one.id] = [Fault("outside_scope" if isinstance(error, Forbidden) else code)]
        except IntegrityError as error:
            broken = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
            is_name = broken == "uq_account_username"
            refused[one.id] = [Fault("username_taken" if is_name else "not_storable")]
    return Stored(refused)
