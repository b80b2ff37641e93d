"""Routes: evidence of a version of a profile, its effect, rule changes that cite a case, ratings of a case."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import Session
from app.evidence import schemas, service
from app.http.responses import json_response
from app.http.smorest import Blueprint, authenticated_actor
from app.profiles import service as profiles

CODE = [{"in": "path", "name": "code", "description": "Code of the jurisdiction"}]
VERSION = "/jurisdictions/<code>/profile/versions/<int:number>"

versions = Blueprint("evidence", __name__, url_prefix="/api/v1", tag="Areas and rules")
cases = Blueprint("citations", __name__, url_prefix="/api/v1", tag="Cases and life cycle")
BLUEPRINTS = (versions, cases)


@versions.route(f"{VERSION}/evidence", parameters=CODE)
@versions.guard(Permission.AREA_READ)
@versions.response(200, schemas.Evidence)
@versions.problem(404, "not_found")
@versions.reads
def read_profile_evidence(code: str, number: int, *, session: Session) -> Response:
    """Read the evidence of a version of the profile

    Returns the cases, ratings, signals and replies to notices that a version cites, the figure by which its
    effect is judged, and its plain summary. Evidence that the caller may not see is only counted (`hidden`).
    """
    return json_response(service.read_evidence(session, authenticated_actor(), code=code, number=number))


@versions.route(f"{VERSION}/evidence", parameters=CODE, methods=["PUT"])
@versions.guard(Permission.PROFILE_EXTEND)
@versions.arguments(schemas.StateEvidence)
@versions.response(200, schemas.Evidence)
@versions.problem(403, "permission_missing")
@versions.problem(404, "not_found")
@versions.problem(422, "validation_failed")
@versions.writes
def state_profile_evidence(body: dict[str, Any], code: str, number: int, *, session: Session) -> Response:
    """State the evidence of a version of the profile

    Replaces the evidence of a version: up to 50 cases, ratings, signals and replies to notices that the caller
    may see, each with a short note. `measure` names the figure that `readProfileEffect` compares before and
    after. The caller published the version, or may edit the whole profile. With `publish_summary` the summary,
    the number of cited cases and the figure of public cases are on the public page of changes.
    """
    return json_response(
        service.state_evidence(
            session, authenticated_actor(), code=code, number=number, statement=profiles.Statement(**body)
        )
    )


@versions.route(f"{VERSION}/effect", parameters=CODE)
@versions.guard(Permission.INCIDENT_DIRECT)
@versions.arguments(schemas.EffectQuery, location="query")
@versions.response(200, schemas.Effect)
@versions.problem(403, "outside_own_areas")
@versions.problem(404, "not_found")
@versions.problem(422, "too_much_to_count")
@versions.counts(plan="custom")
def read_profile_effect(query: dict[str, Any], code: str, number: int, *, session: Session) -> Response:
    """Compare a figure before and after a version of the profile

    Counts a measure or rate in the weeks before a version came into force and in as many weeks after, over
    the cases that the caller directs. The day on which it came into force is in neither, unless it began at
    midnight. `sentence` says it in words, also when the weeks after are not over. A difference is no proof:
    cases of the weeks after had less time, and other things changed too.
    """
    return json_response(service.effect(session, authenticated_actor(), code=code, number=number, **query))


@cases.route("/incidents/<uuid:incident_id>/rule-changes")
@cases.guard(Permission.INCIDENT_READ)
@cases.response(200, schemas.RuleChanges)
@cases.problem(404, "not_found")
@cases.reads
def list_rule_changes(incident_id: UUID, *, session: Session) -> Response:
    """List the rule changes that cite a case

    Returns up to 50 citations of the case, and of the ratings of its reporters as far as the caller directs
    the case, those of the newest versions first.
    """
    return json_response(service.rule_changes(session, authenticated_actor(), case_id=incident_id))


@cases.route("/incidents/<uuid:incident_id>/ratings")
@cases.guard(Permission.INCIDENT_DIRECT)
@cases.response(200, schemas.Ratings)
@cases.problem(404, "not_found")
@cases.reads
def list_case_ratings(incident_id: UUID, *, session: Session) -> Response:
    """List the ratings of a case

    Returns the last rating of each reporter who follows the case, or a case that was merged into it, by a
    secret link: solved or not, a score, words. At most 100, the newest first. Callers who see the case but do
    not direct it get an empty list.
    """
    return json_response(service.ratings_of_case(session, authenticated_actor(), case_id=incident_id))
