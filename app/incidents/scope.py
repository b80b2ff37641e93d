"""The visibility rule of cases as SQL: which cases an actor may see, and which they direct."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.actor import Actor, ActorKind, Permission, Role
from app.dispatch.rules.states import TASKED_SQL
from app.workforce import scope
from app.workforce.scope import ScopeBranches

ENDED = "('not_filed', 'closed', 'force_closed')"
# Late: the clock runs and the time is over. It stands still while a case is deferred or on the books, and from the handler's
# feedback until a check sends it back.
_STOPPED = "('deferred', 'on_books', 'fed_back', 'checking')"


def late_by(case: str, at: str) -> str:
    """SQL: whether a case, by the alias of its row, is late at an instant; null where it has no limit."""
    return f"({case}.status not in {ENDED} and {case}.status not in {_STOPPED} and {case}.due_at < {at})"


LATE = late_by("i", ":now")

# A case about me is never shown to me, whatever my role.
_NOT_ABOUT_READER = """
  (i.about_kind is null
   or not (i.about_kind in ('worker', 'account') and i.about_id = :me)
   and not (i.about_kind = 'unit' and i.about_id = any(cast(:units_worked_for as uuid[]))))
"""
# Whoever gave an account a new password may have signed in with it: what was reported before about that person, or about
# a unit of theirs, is hidden from the account from then on, although it be the account's own report.
_NOT_ABOUT_RESETTER = """
  (i.about_kind is null or i.reported_at > :reset_at
   or i.about_id <> :reset_by
   and not exists (select from account_grant g
                   where g.account_id = :reset_by and g.unit_id = i.about_id and g.revoked_at is null))
"""
# A subject that was given a role later may lead where the case stands. It is left out of figures then: readers from above
# would count one case more in the subject's own area than the subject does.
STANDS_ABOVE_SUBJECT = """
  (i.about_kind is null or not exists (
     select from subject_leads(i.about_id, cast(:subject_now as timestamptz)) leads(path) where i.scope_path <@ leads.path))
"""


# Read-only roles (GIS) do not see confidential cases by the profile, nor cases about a person or unit.
# A hashed sub-select, evaluated once.
NOT_CONFIDENTIAL = """
  (i.about_kind is null and (i.profile_version_id, i.category) not in (
     select f.id, unnest(f.confidential) from profile_version f))
"""


ORDINARY_OPEN = f"(i.deleted_at is null and i.status not in {ENDED} and {NOT_CONFIDENTIAL.strip()})"


def reader_binds(actor: Actor) -> dict[str, Any]:
    """Return the binds of every statement about cases: the reader, their units, and whether all grants show names.

    Where the grants of the reader differ, a statement that names the staff of cases goes through
    `CaseVisibility.with_staff_names`.
    """
    reset = {} if actor.reset is None else {"reset_by": actor.reset[0], "reset_at": actor.reset[1]}
    return reset | {
        "me": actor.id,
        "my_units": actor.unit_ids,
        "units_worked_for": actor.units_worked_for,
        "sees_names": _handles_all_cases(actor) is True,
    }


def _handles_all_cases(actor: Actor) -> bool | None:
    """Return whether every case that the actor sees is shown by a grant that handles cases; None: some are."""
    if actor.kind is ActorKind.SYSTEM or actor.everywhere_with(Permission.INCIDENT_HANDLE):
        return True
    reading = [g for g in actor.grants if actor.holds(g, Permission.INCIDENT_READ)]
    handling = [g for g in reading if actor.holds(g, Permission.INCIDENT_HANDLE)]
    if not handling:
        return False
    return True if len(handling) == len(reading) else None


@dataclass(frozen=True, slots=True)
class CaseVisibility:
    """The rule of which cases an actor sees, as SQL conditions on a case `i`.

    Visible are cases under `paths` (SQL for an ltree[], None for no scope) that meet `subject_clause`, and cases that meet
    one of `personal_grounds`; all of them only if they meet `exclusions`.

    `handled_clause`: true of a case that a grant which handles cases shows. Such a case is shown in full: with the names of
    the staff, with voice notes, and if it is confidential.
    """

    is_everywhere: bool
    paths: str | None
    personal_grounds: tuple[str, ...]
    exclusions: str
    binds: dict[str, Any]
    handled_clause: str = "true"
    subject_clause: str = "true"

    @property
    def clause(self) -> str:
        """Return the whole rule as one condition on a case `i`."""
        if self.is_everywhere:
            return self.exclusions
        grounds = [f"i.scope_path <@ any({self.paths}) and {self.subject_clause}"] if self.paths else []
        return f"(({' or '.join((*grounds, *self.personal_grounds)) or 'false'}) and {self.exclusions})"

    def with_staff_names(self, sql: str) -> str:
        """Return `sql` about cases `i` with the names of the staff as this reader sees them, case by case."""
        return (
            sql
            if self.handled_clause in ("true", "false")
            else sql.replace(":sees_names", self.handled_clause)
        )

    @property
    def still_visible_clause(self) -> str:
        """Return the condition for listing cases `i` that were counted earlier where the actor has a grant.

        A case that has become confidential or about somebody since is listed only to those who see the case itself.
        """
        return f"({self.exclusions} and ({NOT_CONFIDENTIAL.strip()} or {self.clause}))"


# Each has its index. The sub-selects are evaluated once.
_REPORTED_BY_ME = "i.reported_by = :me"
_OFFERED_ASSIGNED_OR_JOINED = """i.id in (
  select incident_id from offer where worker_id = :me and state in ('offered', 'accepted')
  union all select incident_id from assignment where account_id = :me
  union all select incident_id from report where joined_by = :me)"""
_OF_MY_UNITS = f"""
  select incident_id from assignment where unit_id = any(cast(:my_units as uuid[])) and ({TASKED_SQL})"""
_TASKED_TO_MY_UNITS = f"i.id in ({_OF_MY_UNITS})"


def case_visibility(actor: Actor, now: datetime, permission: Permission | None = None) -> CaseVisibility:
    """Return which cases the actor sees: what each grant shows, taken together, less what is about the actor.

    A grant shows the subtree of its areas valid now, or what the actor is responsible for, and what the actor reported or
    joined, or was offered, assigned or tasked. A grant that does not handle cases shows nothing confidential of all that.
    With `permission`, only cases that stand where one of the grants holds it. Nothing is written that this actor cannot have.
    """
    binds = reader_binds(actor) | {"subject_now": now}
    scope_binds = scope.scope_binds(actor, now, permission or Permission.INCIDENT_READ)
    has_scope = bool(scope_binds["scope_area_ids"]) or scope_binds["scope_by_responsibility"]
    paths = scope.paths_sql() if has_scope else None
    exclusions = (
        _NOT_ABOUT_READER if actor.reset is None else f"({_NOT_ABOUT_READER} and {_NOT_ABOUT_RESETTER})"
    )
    if permission is not None:
        # Whoever holds any of the permissions that are asked about here handles cases, too.
        binds["sees_names"] = actor.may(Permission.INCIDENT_HANDLE)
        if actor.everywhere_with(permission):
            return CaseVisibility(
                True, None, (), f"({exclusions} and {_above_subject_clause(actor, None)})", binds
            )
        return CaseVisibility(
            False,
            paths,
            (),
            exclusions,
            binds | scope_binds,
            subject_clause=_above_subject_clause(actor, paths),
        )
    personal_grounds = (
        _REPORTED_BY_ME,
        _OFFERED_ASSIGNED_OR_JOINED,
        *((_TASKED_TO_MY_UNITS,) if actor.unit_ids else ()),
    )
    handled_clause, handled_binds = _handled_clause(actor, personal_grounds, now)
    all_exclusions, subject_clause = exclusions, "true"
    if handled_clause == "false":
        all_exclusions = f"({exclusions} and {NOT_CONFIDENTIAL})"
    elif handled_clause != "true":
        all_exclusions = f"({exclusions} and ({NOT_CONFIDENTIAL} or {handled_clause}))"
    elif not actor.everywhere_with(Permission.INCIDENT_HANDLE):
        subject_clause = _above_subject_clause(actor, paths)
    elif (everywhere := _above_subject_clause(actor, None)) != "true":
        all_exclusions = f"({exclusions} and ({' or '.join((everywhere, *personal_grounds))}))"
    if actor.everywhere_with(Permission.INCIDENT_READ):
        return CaseVisibility(True, None, (), all_exclusions, binds | handled_binds, handled_clause)
    return CaseVisibility(
        False,
        paths,
        personal_grounds,
        all_exclusions,
        binds | scope_binds | handled_binds,
        handled_clause,
        subject_clause,
    )


def _above_subject_clause(actor: Actor, paths: str | None) -> str:
    """SQL: a case `i` is about nobody, or the actor stands above its subject.

    Whoever stands beside the subject, or below, is kept out: such an account the subject could open or take over. `paths`:
    SQL of where the actor looks; None: everywhere. Above whoever leads everywhere stands nobody but an administrator of
    everything, whose account no other account can open, raise or take over (`accounts.rules.granting`).
    """
    if actor.kind is ActorKind.SYSTEM or any(g.role is Role.ADMIN and g.is_everywhere for g in actor.grants):
        return "true"
    paths_sql = "cast(null as ltree[])" if paths is None else paths
    return f"""(i.about_kind is null
      or stands_above_subject({paths_sql}, i.scope_path, i.about_id, cast(:subject_now as timestamptz)))"""


def _handled_clause(
    actor: Actor, personal_grounds: tuple[str, ...], now: datetime
) -> tuple[str, dict[str, Any]]:
    """SQL of what the grants that handle cases show of cases `i`, of all that the actor sees, and its binds."""
    handles = _handles_all_cases(actor)
    if handles is not None:
        return str(handles).lower(), {}
    permission = Permission.INCIDENT_HANDLE
    binds = {f"handle_{key}": value for key, value in scope.scope_binds(actor, now, permission).items()}
    paths = scope.paths_sql().replace(":scope_", ":handle_scope_")
    grounds = (f"i.scope_path <@ any({paths}) and {_above_subject_clause(actor, paths)}", *personal_grounds)
    return f"({' or '.join(grounds)})", binds


def for_alias(clause: str, row: str = "t") -> str:
    """Rewrite a condition on a case `i` for another alias: the case `t`, or another `row`."""
    return re.sub(r"\bi\.", f"{row}.", clause)


def above_subject(actor: Actor, paths: str | None, *, row: str) -> str:
    """As `_level`, of a `row` of another table that has `about_kind`, `about_id` and `scope_path`; binds :subject_now."""
    return for_alias(_above_subject_clause(actor, paths), row)


def visible_clause(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """Return the visibility of the actor as a condition on a case `i`, and its binds."""
    visibility = case_visibility(actor, now)
    return visibility.clause, visibility.binds


def directed_clause(actor: Actor, now: datetime, permission: Permission) -> tuple[str, dict[str, Any]]:
    """Return the condition for cases in the scope of a grant that holds `permission`, and its binds."""
    visibility = case_visibility(actor, now, permission)
    return visibility.clause, visibility.binds


def visible_on_maps(actor: Actor, now: datetime) -> tuple[str, dict[str, Any], ScopeBranches | None]:
    """As `visible`, and less: what is confidential or about somebody is for whoever directs the case or is named in it.

    A map is looked at, copied and handed on by more people than a case is. The clause, its binds, and the same as ways;
    None: everything that the clause leaves.
    """
    visibility, open_clause, binds = _map_visibility(actor, now)
    branches = (
        None
        if visibility.is_everywhere
        else ScopeBranches(
            visibility.paths,
            visibility.personal_grounds,
            such=f"{open_clause} and {visibility.subject_clause}",
            less=visibility.exclusions,
        )
    )
    return f"({visibility.clause} and {open_clause})", binds, branches


def _map_visibility(actor: Actor, now: datetime) -> tuple[CaseVisibility, str, dict[str, Any]]:
    """Return the actor's visibility, the condition for maps, and the binds of both."""
    visibility = case_visibility(actor, now)
    directed_visibility = case_visibility(actor, now, Permission.INCIDENT_DIRECT)
    # Both stand in one statement, with other places each.
    clause = directed_visibility.clause.replace(":scope_", ":direct_scope_")
    binds = {f"direct_{k}" if k.startswith("scope_") else k: v for k, v in directed_visibility.binds.items()}
    personal_grounds = (
        _REPORTED_BY_ME,
        _OFFERED_ASSIGNED_OR_JOINED,
        *((_TASKED_TO_MY_UNITS,) if actor.unit_ids else ()),
    )
    scope_keys = ("scope_area_ids", "scope_by_responsibility")
    if directed_visibility.is_everywhere or (
        visibility.paths and all(visibility.binds[p] == directed_visibility.binds[p] for p in scope_keys)
    ):
        # The actor directs the whole scope, and is named in all other visible cases.
        return visibility, "true", visibility.binds
    return (
        visibility,
        f"({NOT_CONFIDENTIAL} or {clause} or {' or '.join(personal_grounds)})",
        visibility.binds | binds,
    )


def map_version_inputs(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """SQL for a text that is another one whenever `visible_on_maps` may choose otherwise though no case changed; its binds.

    Places are not in it: whoever asks has their paths. Cases about somebody are, since the subject's roles decide about them.
    """
    clause, binds, _ = visible_on_maps(actor, now)
    sql = f"""(select md5(concat_ws('|',
      coalesce((select string_agg(cast(a.incident_id as text), ',' order by a.incident_id) from (
        select incident_id from offer where worker_id = :me and state in ('offered', 'accepted')
        union select incident_id from assignment where account_id = :me
        union select incident_id from report where joined_by = :me
        union {_OF_MY_UNITS}) a), ''),
      (select string_agg(cast(i.id as text), ',' order by i.id) from incident i where i.about_kind is not null and {clause}),
      (select count(*) from profile_version))))"""
    return sql, binds
