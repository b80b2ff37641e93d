"""Explanations of dispatch decisions, with all candidates, as data and as texts."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.dispatch.queries import explanations as queries
from app.dispatch.rules import run_sentences, stored_runs
from app.dispatch.rules.offer_sentences import moved_sentences, offer_sentences

# From a worker's distances to three cases anybody could compute the worker's position, so these are for supervisors only.
_POSITION_KEYS = ("distance_m", "travel_s", "position_age_s", "cost_total")
_POSITION_COSTS = ("travel", "position_age")
# Stored so that the worker can be judged again; not part of the explanation.
_INTERNAL_VERDICT_KEYS = ("is_on_duty", "is_in_need", "skills", "as_straight_m", "hours", "surplus")
_INTERNAL_DEMAND_KEYS = ("excluded", "rules", "moved", "asked", "until")


def explain(session: Session, incident_id: UUID, *, shows_whereabouts: bool) -> dict[str, Any]:
    """Return all decisions and offers of a case with all candidates, as data and as texts.

    The person whom the case is about is left out.

    Args:
        shows_whereabouts: True for a supervisor of the case: include distances, and the reporter as a candidate.
    """
    runs = [dict(run) for run in queries.runs(session, incident_id)]
    people: dict[UUID, dict[int, dict[str, Any]]] = defaultdict(dict)
    if any(run["tier"] for run in runs):
        for row in queries.people(session, incident_id):
            people[row["run_id"]][row["n"]] = {"id": str(row["id"]), "name": row["name"]}
    for run in runs:
        _complete_run(run, people[run["id"]], shows_whereabouts=shows_whereabouts)
    offers = [dict(offer) for offer in queries.offers(session, incident_id)]
    for offer in offers:
        offer["sentence"] = offer_sentences(offer["state"], offer["because"], offer["worker_name"])
    return {"runs": runs, "offers": offers}


def _complete_run(run: dict[str, Any], people: dict[int, dict[str, Any]], *, shows_whereabouts: bool) -> None:
    """Change a stored decision in place to the form that the explanation shows."""
    stored, stored_demand = run.pop("candidates"), run["demand"]
    run["travel"] = (stored if run["tier"] else stored_demand.get("rules", {})).get("travel")
    run["demand"] = {key: value for key, value in stored_demand.items() if key not in _INTERNAL_DEMAND_KEYS}
    hidden_reasons = ("about_subject",) if shows_whereabouts else ("about_subject", "reported_it")
    run["candidates"] = [
        _shown_verdict(verdict, run["worker_id"], shows_whereabouts=shows_whereabouts)
        for verdict in stored_runs.verdicts(stored, people, run["worker_id"])
        if verdict["reason"] not in hidden_reasons
    ]
    sentences = []
    run["moved"] = moved = stored_demand.get("moved")
    if moved is not None:
        if not shows_whereabouts:
            moved["gain_s"] = None
        sentences.append(moved_sentences(moved["because"], moved["name"] or "?", moved["gain_s"]))
    sentences.append(
        run_sentences.outcome_sentences(
            "queued_part" if run["outcome"] == "queued" and run["role"] == "joint" else run["outcome"],
            run["reason"],
            run["worker_name"] if run["outcome"] != "queued" else None,
            stored_demand.get("asked", 1),
        )
    )
    sentences += [verdict["sentence"] for verdict in run["candidates"] if verdict["chosen"]][:1]
    batch_id, demands, placed = run.pop("batch_id"), run.pop("batch_demands"), run.pop("batch_placed")
    run["left_out"], run["batch"] = {}, None
    if run["tier"]:
        run["left_out"] = {k: n for k, n in stored["left_out"].items() if k != "about_subject"}
        run["batch"] = {"id": batch_id, "demands": demands, "placed": placed}
        sentences.append(run_sentences.batch_sentences(demands, run["left_out"]))
    run["sentence"] = {
        "en": " ".join(sentence["en"] for sentence in sentences if sentence["en"]),
        "zh": "".join(sentence["zh"] for sentence in sentences),
    }


def _shown_verdict(
    verdict: dict[str, Any], chosen_id: UUID | None, *, shows_whereabouts: bool
) -> dict[str, Any]:
    """Return a stored verdict as the explanation shows it."""
    shown = {key: value for key, value in verdict.items() if key not in _INTERNAL_VERDICT_KEYS}
    shown.setdefault("travel_s", None)
    shown.setdefault("overridden", [])
    if not shows_whereabouts:
        shown |= dict.fromkeys(_POSITION_KEYS)
        shown["cost"] = {k: v for k, v in shown["cost"].items() if k not in _POSITION_COSTS}
    shown["chosen"] = shown["worker_id"] == str(chosen_id)
    shown["sentence"] = run_sentences.verdict_sentences(shown)
    return shown
