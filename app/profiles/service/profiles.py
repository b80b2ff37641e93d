"""Use cases of profiles: publish versions, and read them.

Each process parses a version once and keeps the result in a cache.
"""

import logging
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from threading import Lock
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor, ActorKind, Permission
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, Stale, invalid_field
from app.core.ids import uuid7
from app.profiles.queries import jurisdictions, versions
from app.profiles.queries import profiles as queries
from app.profiles.rules.diff import only_adds_categories
from app.profiles.rules.fault_sentences import sentence
from app.profiles.rules.profile import Profile, ProfileInvalid, parse_profile
from app.profiles.service.jurisdictions import jurisdiction_id_of, jurisdiction_named, own_jurisdiction

log = logging.getLogger("gridward.areas")


@dataclass(frozen=True, slots=True)
class ProfileInForce:
    """A parsed version of a jurisdiction's profile, with its id and number."""

    id: UUID
    number: int
    profile: Profile


@dataclass(frozen=True, slots=True)
class ReadVersion:
    """The profile version that an actor read before changing it, as named by the request.

    A member is None if the request does not have it.

    Args:
        etag_number: The number in the header If-Match.
    """

    id: UUID | None = None
    number: int | None = None
    etag_number: int | None = None

    def is_version(self, id: UUID, number: int) -> bool:
        """Return True if the request names a version with this id and number.

        Members that the request does not have are not compared.
        """
        return self.id in (None, id) and self.number in (None, number) and self.etag_number in (None, number)


ANY_VERSION = ReadVersion()


class _ParsedVersions:
    """Cache of the most recently used parsed versions.

    Rows of versions never change, so no entry becomes outdated.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._lock = Lock()
        self._versions: OrderedDict[UUID, ProfileInForce] = OrderedDict()

    def get(self, profile_id: UUID) -> ProfileInForce | None:
        with self._lock:
            version = self._versions.get(profile_id)
            if version:
                self._versions.move_to_end(profile_id)
            return version

    def last_used(self) -> ProfileInForce | None:
        with self._lock:
            return next(reversed(self._versions.values()), None)

    def put(self, version: ProfileInForce) -> None:
        with self._lock:
            self._versions[version.id] = version
            self._versions.move_to_end(version.id)
            if len(self._versions) > self.capacity:
                self._versions.popitem(last=False)


_parsed_versions = _ParsedVersions(capacity=64)


@cache
def _packaged(name: str) -> bytes:
    return (resources.files("app.profiles") / "packaged" / f"{name}.json").read_bytes()


def packaged_profile(name: str) -> dict[str, Any]:
    """Return the document of a profile that is delivered with Gridward, such as `generic`."""
    document: dict[str, Any] = orjson.loads(_packaged(name))
    return document


def add_jurisdiction(
    session: Session,
    actor: Actor,
    *,
    jurisdiction_id: UUID,
    code: str,
    name: dict[str, str],
    profile_data: dict[str, Any],
) -> None:
    """Store a jurisdiction with version 1 of its profile. The root unit is added later.

    Raises:
        Conflict: `code_taken`: the code or the id exists.
        Invalid: `profile_invalid`.
    """
    document = _checked_document(profile_data)
    if not jurisdictions.insert_jurisdiction(session, {"id": jurisdiction_id, "code": code, "name": name}):
        raise Conflict("code_taken")
    _insert_version(session, actor, jurisdiction_id, number=1, document=document)


def publish_profile(
    session: Session,
    actor: Actor,
    *,
    code: str,
    data: dict[str, Any],
    in_force_from: datetime | None = None,
    reason: str | None = None,
    read: ReadVersion = ANY_VERSION,
) -> tuple[bytes, int]:
    """Store a new version of a profile and return its document and number.

    Existing cases keep the version under which they were filed. Actors with `profile:edit` over the whole jurisdiction
    may change everything; actors with `profile:extend` over it may only add categories, in force at once.

    Args:
        in_force_from: Instant at which the version comes into force; None: at once. Callers who read a
            profile, change it and send it back also send the past instant of the newest version. This means at once, too.
        read: The version that the actor has read and changed.

    Raises:
        Forbidden: The actor may not change this.
        Invalid: `profile_invalid`, or `in_past`.
        Stale: There is a newer version than the one that was read.
    """
    now = clock.now()
    jurisdiction_id = jurisdiction_id_of(session, actor, code)
    document = _checked_document(data)
    jurisdictions.lock_jurisdiction(session, jurisdiction_id)
    newest = queries.newest_version(session, jurisdiction_id)
    newest_number = newest["number"]
    if in_force_from == newest["in_force_from"] < now:
        in_force_from = None
    if not has_permission_over_all(session, actor, Permission.PROFILE_EDIT, jurisdiction_id):
        _require_addition(
            session, actor, jurisdiction_id, data, newest=newest_number, is_later=in_force_from is not None
        )
    if not read.is_version(newest["id"], newest_number):
        raise Stale("version_stale")
    if in_force_from is not None and in_force_from < now:
        raise invalid_field("in_force_from", "in_past")
    _insert_version(
        session,
        actor,
        jurisdiction_id,
        number=newest_number + 1,
        document=document,
        at=in_force_from or now,
    )
    accounts.record(
        session,
        actor,
        action="profile.publish",
        entity="jurisdiction",
        entity_id=jurisdiction_id,
        purpose=reason,
        detail={"number": newest_number + 1} | ({"in_force_from": in_force_from} if in_force_from else {}),
    )
    versions.announce(session, now=now)
    document_json = queries.published_document(
        session, jurisdiction_id=jurisdiction_id, number=newest_number + 1
    )
    return document_json, newest_number + 1


def profile_by_id(session: Session, profile_id: UUID) -> ProfileInForce:
    """Return the parsed profile version with this id.

    Raises:
        NotFound: There is no such version.
    """
    version = _parsed_versions.get(profile_id)
    if version is None:
        row = queries.profile_by_id(session, profile_id)
        if row is None:
            raise NotFound("not_found")
        version = ProfileInForce(row["id"], row["number"], parse_profile(row["data"]))
        _parsed_versions.put(version)
    return version


def profile_last_used() -> ProfileInForce | None:
    """Return the version that this process used last, or None if it has used none.

    It is a guess of which version the next case needs, so that more can be read at once. Compare it with the version that is
    in force before you use anything that depends on it.
    """
    return _parsed_versions.last_used()


def profile_at(session: Session, jurisdiction_id: UUID, at: datetime) -> ProfileInForce:
    """Return the parsed profile version of a jurisdiction that is in force at an instant.

    Raises:
        NotFound: No version is in force.
    """
    profile_id = queries.profile_id_at(session, jurisdiction_id=jurisdiction_id, at=at)
    if profile_id is None:
        raise NotFound("not_found")
    return profile_by_id(session, profile_id)


def readable_profile(session: Session, jurisdiction_id: UUID, at: datetime) -> ProfileInForce | None:
    """Return the parsed profile version in force, or None if there is none or it is invalid.

    An invalid profile is logged. Use this function in loops over all jurisdictions, so that one invalid profile does not stop
    the others.
    """
    try:
        return profile_at(session, jurisdiction_id, at)
    except NotFound:
        return None
    except ProfileInvalid as error:
        log.error("jurisdiction %s: %s", jurisdiction_id, error)
        return None


def profile_named(session: Session, code: str | None, actor: Actor) -> ProfileInForce:
    """Return the parsed profile version that is now in force in a jurisdiction.

    Args:
        code: Code of the jurisdiction; None: the actor's own jurisdiction.
    """
    return profile_at(session, jurisdiction_named(session, code, actor), clock.now())


def profile_document(session: Session, actor: Actor, *, code: str) -> tuple[bytes, int]:
    """Return (JSON, number) of the profile version in force in the jurisdiction with this code."""
    return document_in_force(session, jurisdiction_id_of(session, actor, code))


def document_in_force(session: Session, jurisdiction_id: UUID) -> tuple[bytes, int]:
    """Return (JSON, number) of the profile version in force in a jurisdiction.

    Raises:
        NotFound: No version is in force.
    """
    row = queries.profile_document(session, jurisdiction_id=jurisdiction_id, at=clock.now())
    if row is None:
        raise NotFound("not_found")
    return row["document"], row["number"]


def categories(session: Session, actor: Actor, *, jurisdiction: str | None = None) -> tuple[bytes, UUID]:
    """Return the categories in force as (JSON, id of their profile version).

    Args:
        jurisdiction: Code; None: the actor's own jurisdiction.
    """
    if jurisdiction is None:
        jurisdiction_id = own_jurisdiction(session, actor)
    else:
        jurisdiction_id = jurisdiction_id_of(session, actor, jurisdiction)
    row = queries.taxonomy(session, jurisdiction_id=jurisdiction_id, at=clock.now())
    if row is None:
        raise NotFound("not_found")
    return row["document"], row["id"]


def has_permission_over_all(
    session: Session, actor: Actor, permission: Permission, jurisdiction_id: UUID
) -> bool:
    """Return True if the actor holds the permission in all top areas of the jurisdiction."""
    if actor.everywhere_with(permission):
        return True
    area_ids = set(actor.area_ids_with(permission))
    top_area_ids = jurisdictions.top_areas(session, jurisdiction_id) if area_ids else set()
    return bool(top_area_ids) and area_ids.issuperset(top_area_ids)


def _require_addition(
    session: Session,
    actor: Actor,
    jurisdiction_id: UUID,
    data: dict[str, Any],
    *,
    newest: int,
    is_later: bool,
) -> None:
    if not has_permission_over_all(session, actor, Permission.PROFILE_EXTEND, jurisdiction_id):
        raise Forbidden("permission_missing", permission=Permission.PROFILE_EDIT.value)
    profile_id = queries.profile_id_at(session, jurisdiction_id=jurisdiction_id, at=clock.now())
    in_force = None if profile_id is None else queries.profile_by_id(session, profile_id)
    # Where a version is scheduled nothing is added: an addition to it would bring its other changes into force now, and an
    # addition to the version in force would be the newest version, so that the scheduled one never came into force.
    is_newest = in_force is not None and in_force["number"] == newest
    if is_later or in_force is None or not is_newest or not only_adds_categories(in_force["data"], data):
        raise Forbidden("profile_only_additions")


def _checked_document(data: dict[str, Any]) -> str:
    """Validate a profile document and return it as JSON text for the database.

    Raises:
        Invalid: `profile_invalid`.
    """
    try:
        parse_profile(data)
        document = orjson.dumps(data).decode()
    except ProfileInvalid as error:
        faults = [
            {
                "field": f.path,
                "pointer": f.pointer,
                "code": f.code,
                "sentence": sentence(f),
            }
            for f in error.findings
        ]
        raise Invalid("profile_invalid", extra={"errors": faults}) from None
    except TypeError:  # a lone surrogate, which JSON for the database cannot have
        raise Invalid("profile_invalid", extra={"errors": [{"field": "", "code": "invalid"}]}) from None
    if "\\u0000" in document:
        raise Invalid("profile_invalid", extra={"errors": [{"field": "", "code": "invalid"}]})
    return document


def _insert_version(
    session: Session,
    actor: Actor,
    jurisdiction_id: UUID,
    *,
    number: int,
    document: str,
    at: datetime | None = None,
) -> None:
    row = {
        "id": uuid7(),
        "jurisdiction_id": jurisdiction_id,
        "number": number,
        "in_force_from": at or clock.now(),
        "created_by": actor.id if actor.kind is ActorKind.ACCOUNT else None,
    }
    queries.insert_profile(session, row, document=document)
