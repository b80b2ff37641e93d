"""Workers who may not get the work on a case.

Automatic dispatch does not offer work to an excluded worker, but a supervisor can override most exclusions. *Absolute*
exclusions apply to supervisors too. A *conduct case* is about a worker, an account or a unit (its *subject*).
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.dispatch import service as dispatch
from app.dispatch.rules.ranking import VERIFIED
from app.dispatch.rules.refusals import subject_unit_not_eligible, worker_not_eligible
from app.incidents.cases.queries import participants as queries
from app.incidents.cases.queries import subjects as subject_queries
from app.incidents.reporting.service.first_dispatch import category_of
from app.profiles import service as profiles
from app.profiles.service import ProfileInForce

# Results whose author is not asked again after a contest, by role: the transition, and the reason of the exclusion.
_CONTESTED_RESULTS = {"check": ("check_pass", "checked_it"), "verify": ("verify_not_exist", "found_nothing")}


def exclusions_for(session: Session, case: RowMapping, *, role: str) -> dict[UUID, str]:
    """Return the workers to whom automatic dispatch does not offer the work of a role.

    These are workers with earlier offers, workers with another role in the case, and the subject and the reporters of a conduct
    case. The value of each worker is the reason. If a supervisor has reserved the handling of the case for one worker (pin),
    only the absolute exclusions are returned, because this decision is newer than an earlier refusal by the worker.
    """
    if role == "handle" and case["pinned_to"] is not None:
        return absolute_exclusions(session, case, role=role)
    prior = dispatch.prior_offer_exclusions(session, incident_id=case["id"], role=role)
    return (
        prior
        | participant_exclusions(session, [(case, role)])[case["id"]]
        | conduct_exclusions(session, case)
    )


def absolute_exclusions(session: Session, case: RowMapping, *, role: str) -> dict[UUID, str]:
    """Return the workers whom not even a supervisor can choose for a role, with the reason.

    These are the subject and the reporters of a conduct case, workers with a conflict of interest, and workers with
    another role in the case.
    """
    prior = dispatch.prior_offer_exclusions(session, incident_id=case["id"], role=role)
    conflicts = {worker: reason for worker, reason in prior.items() if reason == "conflict_of_interest"}
    return (
        conflicts
        | participant_exclusions(session, [(case, role)])[case["id"]]
        | conduct_exclusions(session, case)
    )


def require_free(session: Session, case: RowMapping, worker_id: UUID, *, role: str) -> None:
    """Raise Conflict if not even a supervisor can choose this worker for a role of a case.

    Such a worker cannot accept the work from the queue of their unit either.

    Raises:
        Conflict: The worker has an absolute exclusion.
    """
    reason = absolute_exclusions(session, case, role=role).get(worker_id)
    if reason is not None:
        raise worker_not_eligible(reason)


def participant_exclusions(
    session: Session, demands: Sequence[tuple[RowMapping, str]]
) -> dict[UUID, dict[UUID, str]]:
    """Return for each case the workers who are excluded because of another role in the case.

    They have this role now or had it earlier.

    Args:
        demands: Pairs of a case and the role that needs a worker.
    """
    team = dispatch.team_exclusions(session, [case["id"] for case, _ in demands])
    parts = part_exclusions_of(session, demands)
    return {
        case["id"]: {
            worker: reason
            for worker, reason in team.get((case["id"], role), {}).items()
            if reason != VERIFIED or role == "check" or not _verifier_may_handle(session, case)
        }
        | parts[case["id"]]
        for case, role in demands
    }


def _verifier_may_handle(session: Session, case: RowMapping) -> bool:
    """Return True if a worker who verified the report may handle the case.

    The profile (the city's rules) of the case decides this.
    """
    rules = profiles.profile_by_id(session, case["profile_version_id"]).profile.lifecycle.verify
    return rules.verifier_may_handle


def part_exclusions(session: Session, case: RowMapping, role: str) -> dict[UUID, str]:
    """Return the workers who may not get a role of a case because they handled or reported it.

    The value of each worker is the reason. After a contest of a check or verification, its author is excluded, too.
    """
    return part_exclusions_of(session, [(case, role)])[case["id"]]


def part_exclusions_of(
    session: Session, demands: Sequence[tuple[RowMapping, str]]
) -> dict[UUID, dict[UUID, str]]:
    """Return for each case the workers who are excluded because they handled or reported it.

    Workers do not verify or check a case that they have handled, even if others handled it later, and do not verify a case that
    they reported. After a contest, a worker who passed a check of the case may not check it again, and a worker who did not
    find the problem may not verify it again.

    Args:
        demands: Pairs of a case and the role that needs a worker.
    """
    excluded_workers = {case["id"]: own_part(case, role) for case, role in demands}
    verified_ids = [case["id"] for case, role in demands if role == "verify"]
    contested = {
        contested_role: [
            case["id"] for case, role in demands if role == contested_role and case["contested_count"]
        ]
        for contested_role in _CONTESTED_RESULTS
    }
    judged_ids = [case["id"] for case, role in demands if role in _CONTESTED_RESULTS]
    if judged_ids:
        for incident_id, worker_id in queries.handlers(session, judged_ids):
            excluded_workers[incident_id][worker_id] = "handled_it"
    if verified_ids:
        for incident_id, worker_id in queries.reporters(session, verified_ids):
            excluded_workers[incident_id][worker_id] = "reported_it"
    for contested_role, (action, reason) in _CONTESTED_RESULTS.items():
        for incident_id, worker_id in (
            queries.actors_of_action(session, contested[contested_role], action)
            if contested[contested_role]
            else ()
        ):
            excluded_workers[incident_id].setdefault(worker_id, reason)
    return excluded_workers


def own_part(case: RowMapping, role: str) -> dict[UUID, str]:
    """Return the worker who may not take a role because of an earlier part in the case.

    Nobody checks their own work or verifies their own report: the handler may not take the role `check`, and the reporter
    may not take `verify`. The value of the result is the reason. For other roles the result is {}.
    """
    column, reason = {"check": ("handled_by", "handled_it"), "verify": ("reported_by", "reported_it")}.get(
        role, ("", "")
    )
    return {case[column]: reason} if column and case[column] is not None else {}


def conduct_exclusions(session: Session, case: RowMapping) -> dict[UUID, str]:
    """Return the reporters and the subject of a conduct case as excluded, with the reason.

    The result is {} for other cases.
    """
    profile = profiles.profile_by_id(session, case["profile_version_id"])
    if not is_conduct(case, profile):
        return {}
    complainants = [worker_id for _, worker_id in queries.reporters(session, [case["id"]])]
    if case["reported_by"] is not None:
        complainants.append(case["reported_by"])
    return dict.fromkeys(complainants, "reported_it") | subjects(session, case)


def require_other_unit(session: Session, case: RowMapping, unit_id: UUID) -> None:
    """Raise Conflict if a unit is the subject of the case, or is led by the subject.

    Raises:
        Conflict: The unit cannot get the case.
    """
    about_id = case["about_id"]
    if about_id is not None and (
        unit_id == about_id or subject_queries.subject_leads_unit(session, about_id=about_id, unit_id=unit_id)
    ):
        raise subject_unit_not_eligible()


def subjects(session: Session, case: RowMapping) -> dict[UUID, str]:
    """Return the workers who may not work on a case because it is about them or about their unit.

    The value of the result is the reason. The result is {} for a case that is not about a worker or unit.
    """
    if case["about_id"] is None:
        return {}
    people = [case["about_id"]]
    if case["about_kind"] == "unit":
        people = subject_queries.members_of(session, case["about_id"])
    return dict.fromkeys(people, "about_subject")


def is_conduct(case: RowMapping, profile: ProfileInForce) -> bool:
    """Return True if the case, or its category, is about the conduct of a worker or unit."""
    return case["about_kind"] is not None or category_of(profile, case["category"]).conduct
