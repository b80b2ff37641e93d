"""Actors, roles and permissions. The table of permissions by role is printed into docs/reference/permissions.md."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from uuid import UUID


class Role(StrEnum):
    WORKER = "worker"
    GRID_CHIEF = "grid_chief"
    HANDLER = "handler"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    GIS = "gis"
    ANALYST = "analyst"
    AUDITOR = "auditor"
    # The role of service accounts, and of no person. Each service account has only some of its permissions.
    SERVICE = "service"


class Permission(StrEnum):
    """A permission, named `subject:verb`. The members are in alphabetical order."""

    ACCOUNT_MANAGE = "account:manage"
    ADDRESS_READ = "address:read"
    AREA_EDIT = "area:edit"
    AREA_READ = "area:read"
    AUDIT_READ = "audit:read"
    COMPONENT_EDIT = "component:edit"
    COMPONENT_READ = "component:read"
    EXPORT_APPROVE = "export:approve"
    EXPORT_RUN = "export:run"
    FIGURES_READ = "figures:read"
    GIS_EDIT = "gis:edit"
    HOUSEHOLD_EDIT = "household:edit"
    HOUSEHOLD_MERGE = "household:merge"
    HOUSEHOLD_READ = "household:read"
    IMPORT_RUN = "import:run"
    INCIDENT_CORRECT = "incident:correct"
    INCIDENT_DIRECT = "incident:direct"
    INCIDENT_HANDLE = "incident:handle"
    INCIDENT_READ = "incident:read"
    INCIDENT_REPLY = "incident:reply"
    INCIDENT_REPORT = "incident:report"
    MEDIA_ADD = "media:add"
    NOTICE_APPROVE = "notice:approve"
    NOTICE_READ = "notice:read"
    NOTICE_WRITE = "notice:write"
    MESSAGE_MANAGE = "message:manage"
    MESSAGE_RECEIVE = "message:receive"
    PERSON_EXPORT = "person:export"
    POSITION_SEND = "position:send"
    PROFILE_EDIT = "profile:edit"
    PROFILE_EXTEND = "profile:extend"
    PUBLIC_RELEASE = "public:release"
    REPORTER_ERASE = "reporter:erase"
    REPORTER_REVEAL = "reporter:reveal"
    RESIDENT_EDIT = "resident:edit"
    RESIDENT_ERASE = "resident:erase"
    RESIDENT_READ = "resident:read"
    RESIDENT_REVEAL = "resident:reveal"
    SERVICE_MANAGE = "service:manage"
    UNIT_EDIT = "unit:edit"
    WEBHOOK_MANAGE = "webhook:manage"
    WORKER_EDIT = "worker:edit"
    WORKER_LOCATE = "worker:locate"
    WORKER_READ = "worker:read"


P = Permission
# Who goes from door to door keeps the register. Who only looks at maps has neither addresses nor people.
_REGISTER = frozenset(
    {
        P.ADDRESS_READ,
        P.HOUSEHOLD_EDIT,
        P.HOUSEHOLD_READ,
        P.RESIDENT_EDIT,
        P.RESIDENT_READ,
        P.RESIDENT_REVEAL,
    }
)
_FIELD = _REGISTER | {
    P.AREA_READ,
    P.COMPONENT_READ,
    P.INCIDENT_HANDLE,
    P.INCIDENT_READ,
    P.INCIDENT_REPORT,
    P.MEDIA_ADD,
    P.NOTICE_READ,
    P.POSITION_SEND,
}
_CHIEF = _FIELD | {P.HOUSEHOLD_MERGE, P.WORKER_READ}
_SUPERVISOR = _CHIEF | {
    P.ACCOUNT_MANAGE,
    P.AUDIT_READ,
    P.COMPONENT_EDIT,
    P.EXPORT_APPROVE,
    P.EXPORT_RUN,
    P.FIGURES_READ,
    P.GIS_EDIT,
    P.IMPORT_RUN,
    P.INCIDENT_CORRECT,
    P.INCIDENT_DIRECT,
    P.INCIDENT_REPLY,
    P.NOTICE_APPROVE,
    P.NOTICE_WRITE,
    P.PERSON_EXPORT,
    P.PROFILE_EXTEND,
    P.PUBLIC_RELEASE,
    P.REPORTER_ERASE,
    P.REPORTER_REVEAL,
    P.RESIDENT_ERASE,
    P.WORKER_EDIT,
    P.WORKER_LOCATE,
    P.AREA_EDIT,
    P.UNIT_EDIT,
}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.WORKER: _FIELD,
    Role.GRID_CHIEF: _CHIEF,
    Role.HANDLER: frozenset({P.AREA_READ, P.COMPONENT_READ, P.INCIDENT_HANDLE, P.INCIDENT_READ, P.MEDIA_ADD}),
    Role.SUPERVISOR: _SUPERVISOR,
    Role.ADMIN: frozenset(Permission),
    Role.GIS: frozenset({P.AREA_READ, P.COMPONENT_READ, P.EXPORT_RUN, P.HOUSEHOLD_READ, P.INCIDENT_READ}),
    # Reads rounded numbers of the areas of the own grants, and no rows.
    Role.ANALYST: frozenset({P.FIGURES_READ}),
    # Reads who did and saw what, and nothing of what they did it to.
    Role.AUDITOR: frozenset({P.AUDIT_READ}),
    # What a program may hold. Duty, direction of cases, approval and personal fields in full are left to persons.
    Role.SERVICE: frozenset(
        {
            P.ADDRESS_READ,
            P.AREA_READ,
            P.AUDIT_READ,
            P.COMPONENT_EDIT,
            P.COMPONENT_READ,
            P.FIGURES_READ,
            P.HOUSEHOLD_READ,
            P.INCIDENT_READ,
            P.INCIDENT_REPLY,
            P.INCIDENT_REPORT,
            P.MEDIA_ADD,
            P.MESSAGE_RECEIVE,
            P.WEBHOOK_MANAGE,
            P.WORKER_READ,
        }
    ),
}


class ActorKind(StrEnum):
    """The kind of caller.

    `device` is an app on a phone with a narrow token: the app acts for one account and has one permission. `service` is a
    program with an account of its own.
    """

    ACCOUNT = "account"
    DEVICE = "device"
    SERVICE = "service"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that an actor has in an area (None: everywhere) or for a unit."""

    role: Role
    area_id: UUID | None = None
    unit_id: UUID | None = None

    @property
    def is_everywhere(self) -> bool:
        return self.area_id is None and self.unit_id is None and self.role in AREA_ROLES

    @property
    def is_of_all_acts(self) -> bool:
        """Return True if this is an auditor's grant without area and unit.

        Such a grant covers the whole audit trail, and no other data.
        """
        return self.area_id is None and self.unit_id is None and self.role is Role.AUDITOR


# Roles whose grant without an area means the whole installation. A worker's or chief's places
# come from responsibility, a handler's from the unit.
AREA_ROLES = frozenset({Role.SUPERVISOR, Role.ADMIN, Role.GIS, Role.SERVICE})
# Roles that look where their account is responsible: a responsibility is no place of an analyst's or an auditor's.
FIELD_ROLES = frozenset({Role.WORKER, Role.GRID_CHIEF, Role.HANDLER})


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller of a use case. A worker's id is the id of the worker's account."""

    id: UUID
    kind: ActorKind = ActorKind.ACCOUNT
    name: str = ""
    grants: tuple[Grant, ...] = ()
    session_id: UUID | None = None
    device_id: UUID | None = None
    must_change_password: bool = False
    # Raised whenever the roles or the places change: what was made for an earlier one is made anew.
    permission_epoch: int = 0
    permissions: frozenset[Permission] = field(default=frozenset())
    # Areas that count as the worker's own for one act: acts from the time when they were.
    lent_area_ids: tuple[UUID, ...] = ()
    # Units of grants that `holding` has left out: a case about one of them stays hidden.
    member_unit_ids: tuple[UUID, ...] = ()
    # Jurisdictions of the areas and units of all grants and of what the account is responsible for now; with neither,
    # the default one.
    jurisdiction_ids: tuple[UUID, ...] = ()
    # Who gave the account its last new password, and when; None if nobody but its owner ever did.
    reset: tuple[UUID, datetime] | None = None

    def __hash__(self) -> int:
        """Return the hash of the id: the caches of what depends on an actor need nothing finer."""
        return hash(self.id)

    @classmethod
    def of(cls, **kwargs: object) -> "Actor":
        """Return an actor whose permissions are those of its grants' roles.

        Args:
            only: Permissions to which the actor is restricted (frozenset); left out: no restriction.
        """
        grants: tuple[Grant, ...] = kwargs.get("grants", ())  # type: ignore[assignment]
        permissions = frozenset[Permission]().union(*(ROLE_PERMISSIONS[g.role] for g in grants))
        only: frozenset[Permission] | None = kwargs.pop("only", None)  # type: ignore[assignment]
        if only is not None:
            permissions &= only
        return cls(permissions=permissions, **kwargs)  # type: ignore[arg-type]

    def may(self, permission: Permission) -> bool:
        """Return True if any grant of the actor has `permission`, for whichever area."""
        return self.kind is ActorKind.SYSTEM or permission in self.permissions

    def holds(self, grant: Grant, permission: Permission) -> bool:
        """Return True if `permission` is in this grant and also allowed by the token of the request."""
        return permission in ROLE_PERMISSIONS[grant.role] and permission in self.permissions

    def holding(self, *permissions: Permission) -> "Actor | None":
        """Return the actor with only the grants that hold all of `permissions`, or None.

        A view that requires a permission acts with these grants only, so an area that only another grant covers is not
        accessible. For example, a worker in one area who also reads maps of the whole city cannot handle cases of the whole
        city.
        """
        return _holding(self, permissions)

    @property
    def is_everywhere(self) -> bool:
        return self.kind is ActorKind.SYSTEM or any(g.is_everywhere for g in self.grants)

    @property
    def granted_area_ids(self) -> list[UUID]:
        return [g.area_id for g in self.grants if g.area_id is not None]

    def area_ids_with(self, permission: Permission) -> list[UUID]:
        """Return the ids of the areas of the grants that hold `permission`."""
        return [g.area_id for g in self.grants if g.area_id is not None and self.holds(g, permission)]

    def everywhere_with(self, permission: Permission) -> bool:
        """Return True if a grant for the whole installation (without an area) has `permission`."""
        return self.kind is ActorKind.SYSTEM or any(
            (g.is_everywhere or g.is_of_all_acts) and self.holds(g, permission) for g in self.grants
        )

    def reads_jurisdiction(self, jurisdiction_id: UUID) -> bool:
        """Return True if the actor may read the areas, units and rules of this jurisdiction."""
        return self.everywhere_with(Permission.AREA_READ) or jurisdiction_id in self.jurisdiction_ids

    @property
    def unit_ids(self) -> list[UUID]:
        return [g.unit_id for g in self.grants if g.unit_id is not None]

    @property
    def units_worked_for(self) -> list[UUID]:
        """Return the ids of the units of all grants, including those that `holding` left out."""
        return [*dict.fromkeys((*self.unit_ids, *self.member_unit_ids))]

    @property
    def principal(self) -> str:
        return f"{self.kind}:{self.id}"


@lru_cache(maxsize=2_000)
def _holding(actor: Actor, permissions: tuple[Permission, ...]) -> Actor | None:
    if not all(actor.may(permission) for permission in permissions):
        return None
    # The system, and tokens that know their account alone, have no grants.
    grants = tuple(g for g in actor.grants if all(actor.holds(g, p) for p in permissions))
    if len(grants) == len(actor.grants):
        return actor
    if not grants:
        return None
    allowed = frozenset(p for g in grants for p in ROLE_PERMISSIONS[g.role])
    return replace(
        actor, grants=grants, permissions=actor.permissions & allowed, member_unit_ids=tuple(actor.unit_ids)
    )


SYSTEM = Actor(id=UUID(int=0), kind=ActorKind.SYSTEM, name="system")
