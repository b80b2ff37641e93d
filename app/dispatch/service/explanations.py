"""Explanation of dispatch decisions: every run of a demand with its candidates and sentences."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.dispatch.queries import explanations as queries
from app.dispatch.rules import run_sentences, stored_runs
from app.dispatch.rules.offer_sentences import moved_sentences, offer_sentences

# Whereabouts of colleagues: from three cases' distances anyone could work out where somebody stands.
_POSITION_KEYS = ("distance_m", "travel_s", "position_age_s", "cost_total")
_POSITION_COSTS = ("travel", "position_age")
# Stored so that the worker can be judged again; not part of the explanation.
_INTERNAL_VERDICT_KEYS = ("is_on_duty", "is_in_need", "skills", "as_straight_m", "hours", "surplus")
_INTERNAL_DEMAND_KEYS = ("excluded", "rules", "moved", "asked", "until")


def explain(session: Session, incident_id: UUID, *, shows_whereabouts: bool) -> dict[str, Any]:
    """Every run with everyone considered, in data and as a sentence in both languages.

    The subject of a case is named to nobody here. Distances are for those who direct the case.
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
    stored = run.pop("candidates")
    verdicts = stored_runs.verdicts(stored, people, run["worker_id"])
    run["travel"] = (stored if run["tier"] else run["demand"].get("rules", {})).get("travel")
    moved, recipients = run["demand"].get("moved"), run["demand"].get("asked", 1)
    run["demand"] = {key: value for key, value in run["demand"].items() if key not in _INTERNAL_DEMAND_KEYS}
    # Nor is who reported it, but to those who direct the case.
    hidden_reasons = ("about_subject",) if shows_whereabouts else ("about_subject", "reported_it")
    run["candidates"] = [v for v in verdicts if v["reason"] not in hidden_reasons]
    for verdict in run["candidates"]:
        for fact in _INTERNAL_VERDICT_KEYS:
            verdict.pop(fact, None)
        verdict.setdefault("travel_s", None)
        if not shows_whereabouts:
            verdict |= dict.fromkeys(_POSITION_KEYS)
            verdict["cost"] = {k: v for k, v in verdict["cost"].items() if k not in _POSITION_COSTS}
        verdict.setdefault("overridden", [])
        verdict["chosen"] = verdict["worker_id"] == str(run["worker_id"])
        verdict["sentence"] = run_sentences.verdict_sentences(verdict)
    outcome_sentence = run_sentences.outcome_sentences(
        "queued_part" if run["outcome"] == "queued" and run["role"] == "joint" else run["outcome"],
        run["reason"],
        run["worker_name"] if run["outcome"] != "queued" else None,
        recipients,
    )
    choice_sentence = next((v["sentence"] for v in run["candidates"] if v["chosen"]), {"en": "", "zh": ""})
    parts = [outcome_sentence, choice_sentence]
    run["moved"] = moved
    if moved is not None:
        if not shows_whereabouts:
            moved["gain_s"] = None
        parts.insert(0, moved_sentences(moved["because"], moved["name"] or "?", moved["gain_s"]))
    demands, placed = run.pop("batch_demands"), run.pop("batch_placed")
    run["left_out"], run["batch"] = {}, None
    if run["tier"]:
        run["left_out"] = {k: n for k, n in stored["left_out"].items() if k != "about_subject"}
        run["batch"] = {"id": run["batch_id"], "demands": demands, "placed": placed}
        parts.append(run_sentences.batch_sentences(demands, run["left_out"]))
    run.pop("batch_id")
    run["sentence"] = {
        "en": " ".join(part["en"] for part in parts if part["en"]),
        "zh": "".join(part["zh"] for part in parts),
    }
