"""New computation of stored decisions: to verify them, or to try other weights of the costs."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.errors import Conflict, NotFound
from app.dispatch.queries import explanations as queries
from app.dispatch.rules import batch, ranking, run_sentences, stored_runs
from app.dispatch.rules.batch import BatchInput, Decision
from app.dispatch.rules.ranking import Verdict
from app.dispatch.service.runs import tier_0_digest
from app.profiles import service as profiles
from app.profiles.rules.profile import DispatchWeights

# Limits of one what-if request: runs decided again, and differences returned.
MAX_RUNS = 5_000
MAX_DIFFERENCES = 200


def replay(session: Session, *, incident_id: UUID, run_id: UUID) -> dict[str, Any]:
    """Compute a stored decision again with its own weights, and return both results compared.

    Raises:
        Conflict: The decision cannot be computed again: it did not choose by rank (own report, choice of a supervisor,
            queue of a unit), it has no stored input (earlier version of the program), or the input of its batch was
            erased.
    """
    run = queries.run(session, incident_id=incident_id, run_id=run_id)
    if run is None:
        raise NotFound("not_found")
    weights = profiles.profile_by_id(session, run["profile_version_id"]).profile.dispatch_weights
    result = _replay_batch(session, run, weights) if run["tier"] else _replay_rings(session, run, weights)
    names = queries.names(session, [w for w in (run["worker_id"], result["again"]["worker_id"]) if w])
    for answer in (result["then"], result["again"]):
        answer["worker_name"] = names.get(answer["worker_id"])
    return result | {
        "run_id": run["id"],
        "tier": run["tier"],
        "weights_version": weights.version,
        "sentence": run_sentences.replay_sentences(result["same"], result["again"]["worker_name"]),
    }


def _refuse(reason: str) -> Conflict:
    """Return the error for a stored decision that cannot be computed again."""
    return Conflict("run_not_replayable", extra={"reason": reason})


def _replay_rings(session: Session, run: RowMapping, weights: DispatchWeights) -> dict[str, Any]:
    verdicts = _rejudge(session, run, weights)
    if verdicts is None:
        raise _refuse("not_ranked" if "rules" in run["demand"] else "input_not_kept")
    ranked = ranking.eligible(verdicts)
    ranks = {v.worker_id: n for n, v in enumerate(ranked, start=1)}
    replayed = orjson.loads(orjson.dumps([v.as_json(ranks.get(v.worker_id)) for v in verdicts]))
    digest = tier_0_digest(run["demand"], replayed, weights)
    order = list(ranks)
    chosen = run["worker_id"]
    # Candidates ranked before the chosen one were full or gone when the loads were locked.
    passed_over = order[: order.index(chosen)] if chosen in ranks else order
    return {
        "same": digest == run["input_hash"]
        and replayed == run["candidates"]
        and (chosen is None or chosen in ranks),
        "then": {"worker_id": chosen, "reason": run["reason"]},
        "again": {
            "worker_id": order[0] if order else None,
            "reason": ranked[0].reason if ranked else run["reason"],
        },
        "passed_over": passed_over,
        "input_hash": run["input_hash"],
        "input_hash_again": digest,
        "solver": None,
    }


def _rejudge(session: Session, run: RowMapping, weights: DispatchWeights) -> list[Verdict] | None:
    """Judge the candidates of a stored decision about one case again, with the given weights.

    Returns None if the decision did not choose by rank, or stored no input.
    """
    if run["outcome"] == "queued" or not isinstance(run["candidates"], list) or not run["candidates"]:
        return None
    profile = profiles.profile_by_id(session, run["profile_version_id"])
    settings = profiles.settings_for(profile, area_id=None, at=run["at"]).values
    return stored_runs.rejudge(run["demand"], run["candidates"], weights, settings)


def _replay_batch(session: Session, run: RowMapping, weights: DispatchWeights) -> dict[str, Any]:
    stored = queries.batch(session, run["batch_id"])
    if stored is None or stored["input"] is None:
        raise _refuse("input_erased")
    batch_input = BatchInput.of_json(stored["input"])
    decision = batch.decide(batch_input, weights)
    n = batch_input.demands["id"].index(str(run["incident_id"]))
    worker = _worker_of(batch_input, decision, n)
    considered = orjson.loads(batch.stored_candidates(batch_input, decision)[n])
    is_lost = run["reason"] == batch.LOST_RACE
    digest = batch_input.digest(weights)
    return {
        "same": (
            digest == stored["input_hash"]
            and decision.objective == stored["objective"]
            and considered == run["candidates"]
            and (worker is not None if is_lost else worker == run["worker_id"])
            and (is_lost or decision.reason[n] == run["reason"])
        ),
        "then": {"worker_id": run["worker_id"], "reason": run["reason"]},
        "again": {"worker_id": worker, "reason": decision.reason[n]},
        "passed_over": [worker] if is_lost and worker else [],
        "input_hash": stored["input_hash"],
        "input_hash_again": digest,
        "solver": stored["solver"],
    }


def _worker_of(batch_input: BatchInput, decision: Decision, n: int) -> UUID | None:
    return UUID(batch_input.workers["id"][decision.worker[n]]) if decision.worker[n] >= 0 else None


@dataclass(frozen=True, slots=True)
class _Choice:
    """The worker whom a decision chooses, with the distance in metres (None: unknown)."""

    worker_id: UUID | None
    distance_m: float | None = None


def incidents_decided_between(session: Session, *, since: datetime, until: datetime) -> list[UUID]:
    """Return the ids of cases with a stored dispatch decision in a period, at most 20,000."""
    return list(queries.incidents_decided_between(session, since=since, until=until, limit=20_000))


def what_if(
    session: Session,
    incident_ids: Sequence[UUID],
    *,
    since: datetime,
    until: datetime,
    changes: dict[str, Any],
) -> dict[str, Any]:
    """Return which decisions of a period would have been different with other weights.

    Each decision is computed twice from its stored input, with its own and with the changed weights. The effect of a
    changed decision on later decisions is not computed. Stores nothing.

    Args:
        changes: New values of weights by name; all other weights keep the value of each decision.
    """
    runs = queries.runs_between(session, incident_ids, since=since, until=until, limit=MAX_RUNS + 1)
    is_cut, runs = len(runs) > MAX_RUNS, runs[:MAX_RUNS]
    compared, changed = 0, []
    distances_m = {"then": 0.0, "would": 0.0}
    placed = {"then": 0, "would": 0}
    for run, original, alternative in _compared_runs(session, runs, changes):
        compared += 1
        for name, choice in (("then", original), ("would", alternative)):
            distances_m[name] += choice.distance_m or 0
            placed[name] += choice.worker_id is not None
        if original.worker_id != alternative.worker_id:
            changed.append((run, original, alternative))
    shown = changed[:MAX_DIFFERENCES]
    names = queries.names(session, [a.worker_id for _, *choices in shown for a in choices if a.worker_id])
    return {
        "runs": len(runs),
        "compared": compared,
        "is_cut": is_cut,
        "changed": len(changed),
        "metres": {name: round(value) for name, value in distances_m.items()},
        "placed": placed,
        "items": [
            {
                "run_id": run["id"],
                "incident_id": run["incident_id"],
                "at": run["at"],
                "tier": run["tier"],
                "then": _choice_json(original, names),
                "would": _choice_json(alternative, names),
                "sentence": run_sentences.what_if_sentences(
                    _worker_name(original, names),
                    _worker_name(alternative, names),
                    original.distance_m,
                    alternative.distance_m,
                ),
            }
            for run, original, alternative in shown
        ],
        "sentence": run_sentences.what_if_summary(compared, len(changed)),
    }


def _worker_name(choice: _Choice, names: Mapping[UUID, str]) -> str | None:
    return names.get(choice.worker_id) if choice.worker_id else None


def _choice_json(choice: _Choice, names: Mapping[UUID, str]) -> dict[str, Any]:
    return {
        "worker_id": choice.worker_id,
        "worker_name": _worker_name(choice, names),
        "distance_m": choice.distance_m,
    }


def _compared_runs(
    session: Session, runs: Sequence[RowMapping], changes: dict[str, Any]
) -> Iterator[tuple[RowMapping, _Choice, _Choice]]:
    """Yield (stored decision, choice by its own weights, choice by the new weights).

    Decisions that cannot be computed again are left out.
    """
    runs_by_batch: dict[UUID, list[RowMapping]] = defaultdict(list)
    for run in runs:
        weights = profiles.profile_by_id(session, run["profile_version_id"]).profile.dispatch_weights
        if run["tier"]:
            runs_by_batch[run["batch_id"]].append(run)
            continue
        verdicts_before, verdicts_after = (
            _rejudge(session, run, weights),
            _rejudge(session, run, replace(weights, **changes)),
        )
        if verdicts_before is not None and verdicts_after is not None:
            yield run, _first_choice(verdicts_before), _first_choice(verdicts_after)
    for stored in queries.batches_of(session, list(runs_by_batch)):
        weights = profiles.profile_by_id(session, stored["profile_version_id"]).profile.dispatch_weights
        batch_input = BatchInput.of_json(stored["input"])
        demand_index = {incident: n for n, incident in enumerate(batch_input.demands["id"])}
        decision_before, decision_after = (
            batch.decide(batch_input, weights),
            batch.decide(batch_input, replace(weights, **changes)),
        )
        for run in runs_by_batch[stored["id"]]:
            n = demand_index[str(run["incident_id"])]
            yield (
                run,
                _batch_choice(batch_input, decision_before, n),
                _batch_choice(batch_input, decision_after, n),
            )


def _first_choice(verdicts: list[Verdict]) -> _Choice:
    ranked = ranking.eligible(verdicts)
    return _Choice(ranked[0].worker_id, ranked[0].distance_m) if ranked else _Choice(None)


def _batch_choice(batch_input: BatchInput, decision: Decision, n: int) -> _Choice:
    if decision.pair[n] < 0:
        return _Choice(None)
    distance_m = batch_input.pairs["metres"][decision.pair[n]]
    return _Choice(_worker_of(batch_input, decision, n), distance_m if distance_m >= 0 else None)
