"""Use cases of dispatch: offer and assign the work on cases to workers and units.

A *demand* is the work of one role on a case, identified by the id of the case and the role. Cases themselves are not
read here. Functions that look for a worker have the form `place(session, context, demand, ...)` with a
`DispatchContext`.
"""

from app.dispatch.rules.dispatch_page import dispatch_page
from app.dispatch.service.assignments import (
    absent_holder,
    accept,
    assignment,
    cases_with_expired_offers,
    confirm_delivery,
    decline,
    demands_of_absent,
    demands_of_worker,
    demands_offered_to,
    end_active,
    end_attempt,
    expire_offers,
    expired_offer,
    fail,
    last_unit,
    live_assignment,
    live_assignment_of_worker,
    lock_loads,
    mark_delivered,
    prior_offer_exclusions,
    record_progress,
    team_exclusions,
    withdraw_from_absent,
    worker_name,
)
from app.dispatch.service.batches import (
    BatchSolution,
    erase_inputs,
    exclusions_and_rounds,
    try_lock_district,
    write_solution,
)
from app.dispatch.service.batches import solve as solve_batch
from app.dispatch.service.candidates import AreaPaths, present_candidates
from app.dispatch.service.context import DispatchContext
from app.dispatch.service.direct_offers import judge_worker, offer_to, place_pinned, require_of_city
from app.dispatch.service.drafts import Placement, PlacementDraft, ReadRing
from app.dispatch.service.explanations import explain, explain_candidates
from app.dispatch.service.fairness import (
    contest,
    my_figures,
    my_members,
    open_contests,
    resolve_contest,
    week_figures_of,
)
from app.dispatch.service.joint_parts import end_parts, live_parts, parts, return_part, settle_parts
from app.dispatch.service.placements import (
    assign_own,
    next_candidate,
    queue_for_unit,
    record_imported,
    record_waiting,
    write_draft,
)
from app.dispatch.service.proposals import PROPOSED, place, proposals_of
from app.dispatch.service.replays import incidents_decided_between, replay, what_if

__all__ = [
    "PROPOSED",
    "AreaPaths",
    "BatchSolution",
    "DispatchContext",
    "Placement",
    "PlacementDraft",
    "ReadRing",
    "absent_holder",
    "accept",
    "assign_own",
    "assignment",
    "cases_with_expired_offers",
    "confirm_delivery",
    "contest",
    "decline",
    "demands_of_absent",
    "demands_of_worker",
    "demands_offered_to",
    "dispatch_page",
    "end_active",
    "end_attempt",
    "end_parts",
    "erase_inputs",
    "exclusions_and_rounds",
    "expire_offers",
    "expired_offer",
    "explain",
    "explain_candidates",
    "fail",
    "incidents_decided_between",
    "judge_worker",
    "last_unit",
    "live_assignment",
    "live_assignment_of_worker",
    "live_parts",
    "lock_loads",
    "mark_delivered",
    "my_figures",
    "my_members",
    "next_candidate",
    "offer_to",
    "open_contests",
    "parts",
    "place",
    "place_pinned",
    "present_candidates",
    "prior_offer_exclusions",
    "proposals_of",
    "queue_for_unit",
    "record_imported",
    "record_progress",
    "record_waiting",
    "replay",
    "require_of_city",
    "resolve_contest",
    "return_part",
    "settle_parts",
    "solve_batch",
    "team_exclusions",
    "try_lock_district",
    "week_figures_of",
    "what_if",
    "withdraw_from_absent",
    "worker_name",
    "write_draft",
    "write_solution",
]
