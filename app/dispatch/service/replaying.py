"""Decisions made again from what was kept: the same question gives the same answer; other weights another one."""

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
from app.dispatch.queries import explaining as queries
from app.dispatch.rules import batch, kept, ranking, sentences
from app.dispatch.rules.batch import BatchInput, Decision
from app.dispatch.rules.ranking import Verdict
from app.dispatch.service.placing import tier_0_digest
from app.profiles import service as profiles
from app.profiles.rules.profile import DispatchWeights

# So many decisions are made again in one request, and so many differences told of.
RUNS_MOST = 5_000
TOLD_MOST = 200


def replay(session: Session, *, incident_id: UUID, run_id: UUID) -> dict[str, Any]:
    """Decide a kept run again, under the weights of then; says whether everything comes out as it was written.

    409 for a run that kept too little: one that did not choose by rank (her own report, a supervisor's choice, a
    unit's queue), was made before inputs were kept, or whose batch's input has been erased since.
    """
    run = queries.run(session, incident_id=incident_id, run_id=run_id)
    if run is None:
        raise NotFound("not_found")
    weights = profiles.profile_by_id(session, run["profile_version_id"]).profile.dispatch_weights
    found = _batch_again(session, run, weights) if run["tier"] else _rings_again(session, run, weights)
    names = queries.names(session, [w for w in (run["worker_id"], found["again"]["worker_id"]) if w])
    for answer in (found["then"], found["again"]):
        answer["worker_name"] = names.get(answer["worker_id"])
    return found | {
        "run_id": run["id"],
        "tier": run["tier"],
        "weights_version": weights.version,
        "sentence": sentences.replay_sentences(found["same"], found["again"]["worker_name"]),
    }


def _refuse(reason: str) -> Conflict:
    return Conflict("run_not_replayable", extra={"reason": reason})


def _rings_again(session: Session, run: RowMapping, weights: DispatchWeights) -> dict[str, Any]:
    verdicts = _judged(session, run, weights)
    if verdicts is None:
        raise _refuse("not_ranked" if "rules" in run["demand"] else "input_not_kept")
    ranked = ranking.eligible(verdicts)
    ranks = {v.worker_id: n for n, v in enumerate(ranked, start=1)}
    again = orjson.loads(orjson.dumps([v.as_json(ranks.get(v.worker_id)) for v in verdicts]))
    digest = tier_0_digest(run["demand"], again, weights)
    order = list(ranks)
    chosen = run["worker_id"]
    # Under the locks of then those before her were full or gone already.
    passed_over = order[: order.index(chosen)] if chosen in ranks else order
    return {
        "same": digest == run["input_hash"]
        and again == run["candidates"]
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


def _judged(session: Session, run: RowMapping, weights: DispatchWeights) -> list[Verdict] | None:
    if run["outcome"] == "queued" or not isinstance(run["candidates"], list) or not run["candidates"]:
        return None
    profile = profiles.profile_by_id(session, run["profile_version_id"])
    settings = profiles.settings_for(profile, area_id=None, at=run["at"]).values
    return kept.rejudge(run["demand"], run["candidates"], weights, settings)


def _batch_again(session: Session, run: RowMapping, weights: DispatchWeights) -> dict[str, Any]:
    stored = queries.batch(session, run["batch_id"])
    if stored is None or stored["input"] is None:
        raise _refuse("input_erased")
    given = BatchInput.of_json(stored["input"])
    decision = batch.decide(given, weights)
    n = given.demands["id"].index(str(run["incident_id"]))
    worker = _worker_of(given, decision, n)
    considered = orjson.loads(batch.kept_candidates(given, decision)[n])
    is_lost = run["reason"] == batch.LOST_RACE
    digest = given.digest(weights)
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


def _worker_of(given: BatchInput, decision: Decision, n: int) -> UUID | None:
    return UUID(given.workers["id"][decision.worker[n]]) if decision.worker[n] >= 0 else None


@dataclass(frozen=True, slots=True)
class _Answer:
    """Whom a decision asks for, and how far away she was (None: unknown)."""

    worker_id: UUID | None
    metres: float | None = None


def decided_then(session: Session, *, since: datetime, until: datetime) -> list[UUID]:
    """Demands of which anything was decided in a period, at most 20,000."""
    return list(queries.incidents_of_day(session, since=since, until=until, limit=20_000))


def what_if(
    session: Session,
    incident_ids: Sequence[UUID],
    *,
    since: datetime,
    until: datetime,
    changes: dict[str, Any],
) -> dict[str, Any]:
    """Decide the runs of a period again under other weights and tell what would have come out; writes nothing.

    Each decision is compared with itself under its own weights, from the input that it kept: what a changed choice
    would have led to later in the day is not followed.
    """
    runs = queries.runs_of_day(session, incident_ids, since=since, until=until, limit=RUNS_MOST + 1)
    is_cut, runs = len(runs) > RUNS_MOST, runs[:RUNS_MOST]
    compared, changed = 0, []
    metres = {"then": 0.0, "would": 0.0}
    placed = {"then": 0, "would": 0}
    for run, before, after in _both(session, runs, changes):
        compared += 1
        for name, answer in (("then", before), ("would", after)):
            metres[name] += answer.metres or 0
            placed[name] += answer.worker_id is not None
        if before.worker_id != after.worker_id:
            changed.append((run, before, after))
    told = changed[:TOLD_MOST]
    names = queries.names(session, [a.worker_id for _, *both in told for a in both if a.worker_id])
    return {
        "runs": len(runs),
        "compared": compared,
        "is_cut": is_cut,
        "changed": len(changed),
        "metres": {name: round(value) for name, value in metres.items()},
        "placed": placed,
        "items": [
            {
                "run_id": run["id"],
                "incident_id": run["incident_id"],
                "at": run["at"],
                "tier": run["tier"],
                "then": _shown(before, names),
                "would": _shown(after, names),
                "sentence": sentences.what_if_sentences(
                    _name(before, names), _name(after, names), before.metres, after.metres
                ),
            }
            for run, before, after in told
        ],
        "sentence": sentences.what_if_summary(compared, len(changed)),
    }


def _name(answer: _Answer, names: Mapping[UUID, str]) -> str | None:
    return names.get(answer.worker_id) if answer.worker_id else None


def _shown(answer: _Answer, names: Mapping[UUID, str]) -> dict[str, Any]:
    return {
        "worker_id": answer.worker_id,
        "worker_name": _name(answer, names),
        "distance_m": answer.metres,
    }


def _both(
    session: Session, runs: Sequence[RowMapping], changes: dict[str, Any]
) -> Iterator[tuple[RowMapping, _Answer, _Answer]]:
    """Each run that can be decided again, with the answers under its own weights and under the changed ones."""
    of_batch: dict[UUID, list[RowMapping]] = defaultdict(list)
    for run in runs:
        own = profiles.profile_by_id(session, run["profile_version_id"]).profile.dispatch_weights
        if run["tier"]:
            of_batch[run["batch_id"]].append(run)
            continue
        before, after = _judged(session, run, own), _judged(session, run, replace(own, **changes))
        if before is not None and after is not None:
            yield run, _first(before), _first(after)
    for stored in queries.batches_of(session, list(of_batch)):
        own = profiles.profile_by_id(session, stored["profile_version_id"]).profile.dispatch_weights
        given = BatchInput.of_json(stored["input"])
        place = {incident: n for n, incident in enumerate(given.demands["id"])}
        first, second = batch.decide(given, own), batch.decide(given, replace(own, **changes))
        for run in of_batch[stored["id"]]:
            n = place[str(run["incident_id"])]
            yield run, _in_batch(given, first, n), _in_batch(given, second, n)


def _first(verdicts: list[Verdict]) -> _Answer:
    ranked = ranking.eligible(verdicts)
    return _Answer(ranked[0].worker_id, ranked[0].distance_m) if ranked else _Answer(None)


def _in_batch(given: BatchInput, decision: Decision, n: int) -> _Answer:
    if decision.pair[n] < 0:
        return _Answer(None)
    metres = given.pairs["metres"][decision.pair[n]]
    return _Answer(_worker_of(given, decision, n), metres if metres >= 0 else None)
