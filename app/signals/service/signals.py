"""Signals: list, read and answer them; run the detectors and store their results."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock, db
from app.core.actor import Actor
from app.core.db import Fragment
from app.core.errors import NotFound, invalid_field
from app.core.ids import uuid7
from app.core.links import link
from app.core.paging import page_body_of, typed_key
from app.incidents import service as incidents
from app.profiles import service as profiles
from app.settings import Settings
from app.signals.queries import detectors, runs
from app.signals.queries import signals as queries
from app.signals.rules.signals import (
    DAILY,
    HOURLY,
    KINDS,
    TOLD_TO_REPORTERS,
    DetectedSignal,
    SignalSelection,
    continued_keys,
)
from app.signals.service.detectors import DETECTORS, DetectionRun
from app.statistics.service.figure_query import zone_of

log = logging.getLogger("gridward.supervision.signals")
SIGNALS = "/api/v1/supervision/signals"
INTERVALS = {HOURLY: timedelta(hours=1), DAILY: timedelta(days=1)}
# Local hour from which daily runs start: the days that they compare are over, and the database has little other work.
DAILY_FROM_HOUR = 3
# Kinds whose signals are groups of cases without a name of their own.
_GROUPED_KINDS = ("cluster", "unclassified")


def signals(
    session: Session,
    actor: Actor,
    *,
    limit: int,
    cursor: str | None = None,
    within: UUID | None = None,
    kind: Sequence[str] | None = None,
    state: str = "standing",
) -> bytes:
    """Return a page of the signals that the actor may see, the strongest first, as JSON bytes."""
    row = queries.visible_page(
        session,
        actor,
        SignalSelection(within, kind or (), state),
        now=clock.now(),
        after=typed_key(cursor, float, UUID) if cursor else None,
        limit=limit,
        prefix=f"{link(SIGNALS)}/",
    )
    return page_body_of(row, limit)


def signal(session: Session, actor: Actor, *, signal_id: UUID) -> bytes:
    """Return a signal with its answers and with links to operations, as JSON bytes.

    The linked operations (`does`) can remove the cause of the signal.

    Raises:
        NotFound: There is no such signal, or the actor may see none of its members.
    """
    row = _visible_signal(session, actor, signal_id)
    does = {
        "profile": link(f"/api/v1/jurisdictions/{row['code']}/profile"),
        "bulk": link("/api/v1/incidents/bulk"),
    }
    acts = [{"act": name, "path": does[name]} for name in KINDS[row["kind"]].does]
    return b"".join(
        (row["body"].rstrip()[:-1], b',"answers":', row["answers"], b',"does":', orjson.dumps(acts), b"}")
    )


def visible_sentences(session: Session, actor: Actor, ids: Sequence[UUID]) -> dict[UUID, RowMapping]:
    """Return `jurisdiction_id`, `sentence_zh` and `sentence_en` of those signals that the actor may see, by id."""
    return {row["id"]: row for row in queries.visible_sentences(session, actor, ids, now=clock.now())}


def members_of_signal(
    session: Session, actor: Actor, *, signal_id: UUID, limit: int, cursor: str | None = None
) -> bytes:
    """Return a page of the members of a signal that the actor may see, as JSON bytes.

    Raises:
        NotFound: There is no such signal, or the actor may see none of its members.
    """
    row = queries.members(
        session,
        actor,
        signal_id,
        kind=_visible_signal(session, actor, signal_id)["kind"],
        after=typed_key(cursor, UUID) if cursor else None,
        limit=limit,
        prefix=link("/api/v1/"),
        now=clock.now(),
    )
    return page_body_of(row, limit)


def acknowledge(session: Session, actor: Actor, *, signal_id: UUID, done: str, words: str) -> bytes:
    """Store the actor's answer to a signal, and return the signal as JSON bytes.

    An answer can be a reply or an offer of help. If the members of the signal are cases, the text `words` of both kinds is
    also sent to the reporters of the cases that the actor may see, once per case. If the members are no cases, an offer of
    help is stored and nothing is sent.

    Raises:
        NotFound: There is no such signal, or the actor may see none of its members.
        Invalid: The answer is a reply, but the members of the signal are no cases.
    """
    of_cases = KINDS[_visible_signal(session, actor, signal_id)["kind"]].member == "incident"
    if done == "reply" and not of_cases:
        raise invalid_field("done", "not_allowed_here")
    now = clock.now()
    replied = None
    if done in TOLD_TO_REPORTERS and of_cases:
        ids = queries.member_ids(session, actor, signal_id, now=now)
        replied = incidents.reply(session, actor, incident_ids=ids, words=words)
    values = {
        "id": uuid7(),
        "signal_id": signal_id,
        "done": done,
        "words": words,
        "account_id": actor.id,
        "occurred_at": now,
        "told": replied.told + replied.passed_on if replied else None,
        "unheard": len(replied.unheard) if replied else None,
    }
    runs.insert_answer(session, values)
    accounts.record(
        session,
        actor,
        action="signal.acknowledge",
        entity="signal",
        entity_id=signal_id,
        detail={"done": done} | ({"told": values["told"]} if replied else {}),
    )
    body = signal(session, actor, signal_id=signal_id)
    outcome = asdict(replied) if replied else None
    return b"".join((body.rstrip()[:-1], b',"replied":', orjson.dumps(outcome), b"}"))


@dataclass(frozen=True, slots=True)
class SignalsOnMaps:
    """SQL expressions for map collections that contain signals.

    Attributes:
        relation: Subquery of signals, used with the alias `z`.
        clause: Condition that the actor may see the signal `z`.
        cases: Subquery with the ids of the cases of `z` that the actor may see.
        binds: Bind values of these three expressions.
    """

    relation: Fragment
    clause: Fragment
    cases: Fragment
    binds: dict[str, Any]


def signals_on_maps(actor: Actor, now: datetime) -> SignalsOnMaps:
    """Return the SQL expressions that select the visible signals for map collections."""
    rule, binds = queries.signal_rule(actor, now)
    paths = {
        "signals_path": link(SIGNALS),
        "signal_cases_path": link("/ogc/collections/signal-cases/items?signal_id="),
    }
    return SignalsOnMaps(
        queries.relation(rule),
        queries.is_visible(rule),
        queries.visible_members(rule, "incident", queries.OF_RELATION),
        binds | paths,
    )


def _visible_signal(session: Session, actor: Actor, signal_id: UUID) -> RowMapping:
    """Return a signal that the actor may see.

    Raises:
        NotFound: There is no such signal, or the actor may see none of its members.
    """
    row = queries.visible_signal(session, actor, signal_id, now=clock.now(), prefix=f"{link(SIGNALS)}/")
    if row is None:
        raise NotFound("not_found")
    return row


# --- runs --------------------------------------------------------------------------------------


def due_runs(session: Session, now: datetime) -> list[tuple[UUID, str]]:
    """Return the detector runs that are due, as pairs of jurisdiction id and cadence.

    The cadence is hourly or daily. A jurisdiction without a run is due at once, whatever the hour.
    """
    due = []
    for row in detectors.jurisdictions(session):
        zone = zone_of(session, row["id"], now)
        if zone is None:
            continue  # the jurisdiction has no readable rules in force
        if row["hourly"] is None or row["hourly"] <= now - INTERVALS[HOURLY]:
            due.append((row["id"], HOURLY))
        local_now = now.astimezone(zone)
        last_daily = row["daily"].astimezone(zone).date() if row["daily"] else None
        if last_daily is None or (local_now.hour >= DAILY_FROM_HOUR and last_daily != local_now.date()):
            due.append((row["id"], DAILY))
    return due


def detect_signals(
    session: Session,
    jurisdiction_id: UUID,
    cadence: str,
    now: datetime,
    *,
    statement_timeout_ms: int = Settings().signal_statement_timeout_ms,
) -> int | None:
    """Run the hourly or daily detectors of a jurisdiction, and store the detected signals.

    Each detector reads in a session of its own; `session` is only used to write. So a detector that fails or takes too long
    does not affect other kinds of signals, and no transaction is open while a detector computes. If a detector fails, its
    kind is logged and stored with the run, and the signals of this kind stay unchanged.

    Only runs write signals. An advisory lock allows one run per jurisdiction at a time. Runs on the same data in the same
    hour (or day) give the same result, because they use the same seed.

    Args:
        cadence: Hourly or daily.
        statement_timeout_ms: Timeout of each statement of a detector.

    Returns:
        The number of detected signals. None: another run has stored its result meanwhile, or there is no profile in force.
    """
    try:
        with db.read_session() as reader:
            rules = profiles.profile_at(reader, jurisdiction_id, now)
            last_run = runs.last_run(reader, jurisdiction_id, cadence)
            location = next(row for row in detectors.jurisdictions(reader) if row["id"] == jurisdiction_id)
    except NotFound:
        return None
    seed = _seed(jurisdiction_id, cadence, now)
    kinds = [kind.code for kind in KINDS.values() if kind.cadence == cadence]
    reading = partial(db.long_read_session, statement_timeout_ms)
    signals_by_kind = _detected_by_kind(
        kinds, DetectionRun(reading, jurisdiction_id, rules.profile, float(location["lat"]), now, seed)
    )
    db.set_statement_timeout(session, statement_timeout_ms)
    if (
        not runs.lock_jurisdiction(session, jurisdiction_id)
        or runs.last_run(session, jurisdiction_id, cadence) != last_run
    ):
        return None
    standing = runs.standing_signals(session, jurisdiction_id, list(signals_by_kind))
    detected = _with_continued_keys(signals_by_kind, standing)
    detected_keys = {(signal.kind, signal.key) for signal in detected}
    standing_keys = {(row["kind"], row["key"]) for row in standing}
    ended_ids = [row["id"] for row in standing if (row["kind"], row["key"]) not in detected_keys]
    run_id = uuid7()
    runs.insert_run(
        session,
        {
            "id": run_id,
            "jurisdiction_id": jurisdiction_id,
            "profile_version_id": rules.id,
            "cadence": cadence,
            "occurred_at": now,
            "seed": seed,
            "found": len(detected),
            "began": len(detected_keys - standing_keys),
            "ended": len(ended_ids),
            "failed": [kind for kind in kinds if kind not in signals_by_kind],
        },
    )
    if ended_ids:
        runs.end_signals(session, ended_ids, cadence=cadence, now=now)
    runs.store_states(session, jurisdiction_id, detected, run_id=run_id, now=now)
    return len(detected)


def _detected_by_kind(kinds: Sequence[str], run: DetectionRun) -> dict[str, list[DetectedSignal]]:
    """Run the detector of each kind, and return the detected signals by kind.

    If a detector fails, the error is logged and the result has no entry for its kind.
    """
    signals_by_kind = {}
    for kind in kinds:
        try:
            signals_by_kind[kind] = DETECTORS[kind](run)
        except Exception as error:
            log.error("signals %s of jurisdiction %s: %s", kind, run.jurisdiction_id, type(error).__name__)
    return signals_by_kind


def _with_continued_keys(
    signals_by_kind: Mapping[str, Sequence[DetectedSignal]], standing: Sequence[RowMapping]
) -> list[DetectedSignal]:
    """Return the detected signals, each with the key of the stored signal that it continues.

    The key of most signals is the id or code of their subject, which stays the same. A group of cases has no such key: it
    continues the stored signal (not ended) with which it has most members in common.
    """
    detected: list[DetectedSignal] = []
    for kind, signals_of_kind in signals_by_kind.items():
        keys = [(signal.key, frozenset(signal.members)) for signal in signals_of_kind]
        final_keys = [key for key, _ in keys]
        if kind in _GROUPED_KINDS:
            standing_of_kind = [
                (row["key"], frozenset(row["member_ids"])) for row in standing if row["kind"] == kind
            ]
            final_keys = continued_keys(keys, standing_of_kind)
        detected += [signal.named(key) for signal, key in zip(signals_of_kind, final_keys, strict=True)]
    return detected


def _seed(jurisdiction_id: UUID, cadence: str, now: datetime) -> int:
    """Return the seed of a run, computed from the jurisdiction, the cadence and the hour or day."""
    hour = now.strftime("%Y-%m-%d" if cadence == DAILY else "%Y-%m-%dT%H")
    digest = hashlib.sha256(f"{jurisdiction_id} {cadence} {hour}".encode()).digest()
    return int.from_bytes(digest[:6])
