"""Explanations of dispatch decisions, with all candidates, as data and as texts."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.dispatch.queries import explanations as queries
from app.dispatch.rules import ranking, run_sentences, stored_runs
from app.dispatch.rules.offer_sentences import moved_sentences, offer_sentences
from app.dispatch.service.candidates import PresentCandidate

# From a worker's distances to three cases anybody could compute the worker's position, so these are for supervisors only.
_POSITION_KEYS = ("distance_m", "travel_s", "position_age_s", "cost_total")
_POSITION_COSTS = ("travel", "position_age")
# Stored so that the worker can be judged again; not part of the explanation.
_INTERNAL_VERDICT_KEYS = ("is_on_duty", "is_in_need", "skills", "as_straight_m", "hours", "surplus")
# Candidates can be computed again and again. Coarse values serve the choice of a worker, and make it harder to follow one.
_STEP_M, _STEP_S = 50, 60
_INTERNAL_DEMAND_KEYS = ("excluded", "rules", "moved", "asked", "until")


def explain(
    session: Session, incident_id: UUID, *, reader_id: UUID, shows_whereabouts: bool
) -> dict[str, Any]:
    """Return all decisions and offers of a case with all candidates, as data and as texts.

    The person whom the case is about is left out.

    Args:
        reader_id: The account that reads it. A candidate reads "you" in the own text.
        shows_whereabouts: True for a supervisor of the case: include distances, and the reporter as a candidate.
    """
    runs = [dict(run) for run in queries.runs(session, incident_id)]
    people: dict[UUID, dict[int, dict[str, Any]]] = defaultdict(dict)
    if any(run["tier"] for run in runs):
        for row in queries.people(session, incident_id):
            people[row["run_id"]][row["n"]] = {"id": str(row["id"]), "name": row["name"]}
    for run in runs:
        _complete_run(run, people[run["id"]], shows_whereabouts=shows_whereabouts)
        for verdict in run["candidates"]:
            if verdict["worker_id"] == str(reader_id):
                verdict["sentence"] = run_sentences.verdict_sentences(verdict, is_reader=True)
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


def explain_candidates(
    candidates: Sequence[PresentCandidate], earlier: Mapping[UUID, str]
) -> list[dict[str, Any]]:
    """Return the candidates of a case as a supervisor reads them. The person whom the case is about is left out.

    Distances are rounded to 50 m, ages of positions are rounded up to a minute.

    Args:
        earlier: Why earlier offers of the work ended, by worker. They do not exclude a worker whom a supervisor chooses.
    """
    shown = []
    ranks = iter(range(1, len(candidates) + 1))
    for candidate in candidates:
        verdict = candidate.verdict
        if verdict.reason == "about_subject":
            continue
        values = verdict.as_json(next(ranks) if verdict.eligible else None) | {
            "distance_m": _rounded(verdict.distance_m, _STEP_M),
            "travel_s": candidate.way_s,
        }
        sentences = [run_sentences.verdict_sentences(values)]
        earlier_reason = earlier.get(verdict.worker_id) if verdict.eligible else None
        if earlier_reason is not None:
            sentences.append(run_sentences.verdict_sentences(values | {"reason": earlier_reason}))
        age_s = verdict.position_age_s
        shown.append(
            {
                name: values[name]
                for name in (
                    *("worker_id", "name", "ring", "relation", "eligible", "reason", "rank", "distance_m"),
                    *("open_work", "capacity"),
                )
            }
            | {
                "way_s": candidate.way_s,
                "position_age_s": None if age_s is None else math.ceil(age_s / _STEP_S) * _STEP_S,
                "reasons": list(candidate.rules),
                "may_override": not any(rule in ranking.NEVER_OVERRIDDEN for rule in candidate.rules),
                "earlier": earlier_reason,
                "sentence": {
                    "en": " ".join(sentence["en"] for sentence in sentences),
                    "zh": "".join(sentence["zh"] for sentence in sentences),
                },
            }
        )
    return shown


def _rounded(metres: float | None, step: int) -> int | None:
    return None if metres is None else max(step, round(metres / step) * step)
