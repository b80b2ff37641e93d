"""Imports of areas, units and workers, stored through the services of their domains."""

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
from app.exchange.queries import coordinates as queries
from app.exchange.rules import organisation as rules
from app.exchange.rules.contract import GEOMETRY, Field, JudgedRow
from app.exchange.rules.faults import Fault, FileRefused
from app.exchange.service.kinds import Kind, StoreResult
from app.exchange.service.reprojection import shapes_to_degrees
from app.settings import Settings
from app.workforce import service as workforce

_FINDINGS_MAX = 100
DEFAULT_CAPACITY = 5


class Areas(Kind):
    """The kind of import `areas`.

    All rows of a file are stored together, because whether an area is valid depends on the other areas.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._levels = {
            word.casefold(): level.level
            for level in self._profile.levels
            for word in (level.level, level.name.zh, level.name.en)
        }
        if self._options.level is not None:
            self.constants = {"level": _level(self._levels, self._options.level)}
        self._findings: list[dict[str, Any]] = []

    @property
    def fields(self) -> Sequence[Field]:
        return rules.area_fields(self._levels)

    def finisher(self, columns: dict[str, str | None]) -> Callable[[JudgedRow], None]:
        return rules.finish_area

    def store(self, session: Session, rows: Sequence[JudgedRow]) -> StoreResult:
        shapes = shapes_to_degrees(session, [judged.values[GEOMETRY] for judged in rows], self._crs)
        imported = areas.import_acceptable_areas(
            session,
            self._actor,
            jurisdiction_id=self._jurisdiction_id,
            features=[_feature(judged, shape) for judged, shape in zip(rows, shapes, strict=True)],
            accepts_findings=self._options.accepts_findings,
        )
        numbers = {judged.id: judged.row.number for judged in rows}
        self._findings = [
            {"row": numbers[id], "code": finding.code, "message": finding.message, "place": finding.place,
             "kept": "inactive" if id in imported.inactive else "no"}
            for findings in (imported.refused, imported.inactive) for id, finding in findings.items()
        ]  # fmt: skip
        return StoreResult(
            {
                id: [Fault(finding.code, None, {"message": finding.message})]
                for id, finding in imported.refused.items()
            }
        )

    def summary(self) -> dict[str, Any]:
        return {"findings": self._findings[:_FINDINGS_MAX]}


def _level(levels: Mapping[str, str], name: str) -> str:
    level = levels.get(name.casefold())
    if level is None:
        raise FileRefused("option_invalid", option="level", value=name)
    return level


def _feature(judged: JudgedRow, shape: Any) -> dict[str, Any]:
    values = judged.values
    properties = {
        "code": values.get("code") or f"{values['level']}-{judged.digest.hex()[:8]}",
        "name": {"zh": values["name"], "en": values.get("name_en") or values["name"]},
        "level": values["level"],
        "parent_code": values.get("parent_code"),
    }
    return {"id": judged.id, "geometry": shape, "properties": properties}


class Units(Kind):
    key = "code"

    @property
    def fields(self) -> Sequence[Field]:
        return rules.unit_fields()

    def store(self, session: Session, rows: Sequence[JudgedRow]) -> StoreResult:
        areas_by_code = queries.areas_by_code(
            session,
            self._jurisdiction_id,
            {judged.values["area_code"] for judged in rows if judged.values.get("area_code")},
        )
        return _store_each(session, rows, lambda judged: self._open(session, judged, areas_by_code))

    def _open(self, session: Session, judged: JudgedRow, areas_by_code: Mapping[str, UUID]) -> None:
        values = judged.values
        area_id = _area(areas_by_code, values.get("area_code"))
        areas.create_unit(
            session,
            self._actor,
            id=judged.id,
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
    """The kind of import `workers`: accounts with a role in the field, their grids and skills.

    The passwords of the accounts are random and never shown. A worker can sign in after a manager has set a one-time password
    for the account.
    """

    key = "username"

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._password_hash = accounts.hash_password(token_urlsafe(32), Settings.from_env())

    @property
    def fields(self) -> Sequence[Field]:
        return rules.worker_fields()

    def store(self, session: Session, rows: Sequence[JudgedRow]) -> StoreResult:
        codes = {code for judged in rows for code in judged.values.get("area_codes") or ()}
        areas_by_code = queries.areas_by_code(session, self._jurisdiction_id, codes)
        return _store_each(session, rows, lambda judged: self._enrol(session, judged, areas_by_code))

    def _enrol(self, session: Session, judged: JudgedRow, areas_by_code: Mapping[str, UUID]) -> None:
        values = judged.values
        role = values.get("role") or "worker"
        area_ids = [_area(areas_by_code, code) for code in values.get("area_codes") or ()]
        if not area_ids and not self._actor.everywhere_with(Permission.IMPORT_RUN):
            raise Forbidden("outside_own_areas")
        accounts.create_account(
            session,
            self._actor,
            account_id=judged.id,
            username=values["username"],
            name=values["name"],
            password=accounts.StoredPassword(self._password_hash, must_change=True, expires_at=clock.now()),
        )
        accounts.add_grant(
            session,
            self._actor,
            account_id=judged.id,
            role=Role.GRID_CHIEF if role == "chief" else Role.WORKER,
            area_id=area_ids[0] if area_ids else None,
        )
        workforce.create_worker(
            session,
            self._actor,
            account_id=judged.id,
            name=values["name"],
            capacity=values.get("capacity") or DEFAULT_CAPACITY,
            skills=values.get("skills") or (),
        )
        for area_id in area_ids:
            if area_id is not None:
                workforce.set_responsibility(
                    session, self._actor, worker_id=judged.id, area_id=area_id, role=role
                )


def _area(areas_by_code: Mapping[str, UUID], code: str | None) -> UUID | None:
    if code is None:
        return None
    if code not in areas_by_code:
        raise _RowRefused("reference_unknown")
    return areas_by_code[code]


class _RowRefused(DomainError):
    """Raised for a row that refers to an area that does not exist."""


def _store_each(
    session: Session, rows: Sequence[JudgedRow], store_row: Callable[[JudgedRow], None]
) -> StoreResult:
    """Store rows one by one, each in a savepoint.

    If a row is refused, only this row is rolled back.
    """
    refused: dict[UUID, Sequence[Fault]] = {}
    for judged in rows:
        try:
            with session.begin_nested():
                store_row(judged)
        except DomainError as error:
            errors = error.extra.get("errors") or ()
            code = errors[0]["code"] if errors else error.code
            refused[judged.id] = [Fault("outside_scope" if isinstance(error, Forbidden) else code)]
        except IntegrityError as error:
            constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
            is_name = constraint == "uq_account_username"
            refused[judged.id] = [Fault("username_taken" if is_name else "not_storable")]
    return StoreResult(refused)
