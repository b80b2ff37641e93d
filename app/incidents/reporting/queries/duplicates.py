"""Statements that find possible duplicates of a report, with a score of similarity.

A *probe* is the planned report or stored case for which duplicates are searched.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, RowMapping, Uuid, any_, bindparam, func, not_, select
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import Fragment, unscoped
from app.core.geodesic import degrees_around
from app.incidents.models import Incident, Report
from app.incidents.scope import case_visibility, has_ended, is_ordinary
from app.profiles.rules.duplicates import Duplicates

# So many cases are compared with a probe: the nearest, of those at the same distance the latest.
COMPARED = 100
# Similarity of two texts, 0 to 1: twice the pairs of letters in common, divided by the pairs of both (Dice).
_ALIKE = """2.0 * (select count(*) from unnest(c.pairs) pair where pair = any(probe.pairs))
  / (cardinality(c.pairs) + cardinality(probe.pairs))"""
# 1 for the same category, 0.5 for one of the same class, whose code differs in the last two letters only.
_OF_KIND = """case when probe.category = 'unclassified' or c.category = 'unclassified' then null
  when c.category = probe.category then 1.0 when left(c.category, -2) = left(probe.category, -2) then 0.5 else 0.0 end"""


@dataclass(frozen=True, slots=True)
class Probe:
    """A planned report, or a stored case (with `id`), to be compared with cases.

    Coordinates are WGS 84.
    """

    lon: float
    lat: float
    category: str
    words: str
    at: datetime
    id: UUID | None = None


@lru_cache(maxsize=500)
def _candidates(is_visible: ColumnElement[bool], is_directed: ColumnElement[bool]) -> Fragment:
    """Return the statement that selects the cases near each probe, with their similarity.

    Args:
        is_visible, is_directed: SQL conditions on `Incident`: the actor sees the case, the actor directs the case.
    """
    return Fragment(
        """
  with probe as materialized (
    select n, id, category, at, ST_SetSRID(ST_MakePoint(lon, lat), 4326) p,
           case when words = '' then '{}' else letter_pairs(words, '') end pairs
    from unnest(cast(:ids as uuid[]), cast(:lons as float8[]), cast(:lats as float8[]), cast(:categories as text[]),
                cast(:words as text[]), cast(:ats as timestamptz[])) with ordinality
      t(id, lon, lat, category, words, at, n))
  select probe.n, best.*
  from probe cross join lateral (
  select c.id, c.case_no, c.status, c.category, c.words, c.lon, c.lat, c.reported_at, c.closed_at, c.report_count,
    c.is_open, c.is_mine, c.is_directed, c.distance_m, s.*
  from (
    select near.*, ST_Distance(cast(near.location as geography), cast(probe.p as geography)) distance_m,
      report.words, case when report.words = '' then '{}' else letter_pairs(report.words, '') end pairs
    from (
    select incident.id, incident.case_no, incident.status, incident.category, incident.reported_at, incident.closed_at,
      incident.report_count, incident.location, ST_X(incident.location) lon, ST_Y(incident.location) lat,
      {is_open} is_open, incident.reported_by = :me is_mine, coalesce({is_directed}, false) is_directed
    from incident
    where incident.location && ST_Expand(probe.p, :across, :up) and incident.deleted_at is null
      and incident.merged_into is null and {is_ordinary} and incident.id is distinct from probe.id
      and incident.reported_at between probe.at - cast(:within as interval) and probe.at + cast(:within as interval)
      and ({is_open} or incident.closed_at >= cast(:now as timestamptz) - cast(:closed_within as interval))
      and {is_visible}
    order by incident.location <-> probe.p, incident.id desc limit {compared}) near
    join report on report.id = near.id offset 0) c
  cross join lateral (
    select greatest(0, 1 - c.distance_m / :radius) by_distance, {of_kind} by_category,
      greatest(0, 1 - abs(extract(epoch from c.reported_at - probe.at)) / extract(epoch from cast(:within as interval)))
        by_time,
      case when cardinality(c.pairs) > 0 and cardinality(probe.pairs) > 0 then {alike} end by_text,
      abs(extract(epoch from c.reported_at - probe.at)) age_s) p
  cross join lateral (
    select p.by_distance, p.by_category, p.by_time, p.by_text, p.age_s,
      (:w_distance * p.by_distance + :w_category * coalesce(p.by_category, 0) + :w_time * p.by_time
       + :w_text * coalesce(p.by_text, 0))
      / nullif(:w_distance + case when p.by_category is null then 0 else :w_category end + :w_time
               + case when p.by_text is null then 0 else :w_text end, 0) score) s
  where c.distance_m <= :radius and s.score >= :least
  order by s.score desc, c.id limit :most) best
  order by probe.n, best.score desc, best.id
""",
        compared=Fragment(str(COMPARED)),
        is_open=not_(has_ended()),
        is_ordinary=is_ordinary(),
        is_visible=is_visible,
        is_directed=is_directed,
        of_kind=Fragment(_OF_KIND),
        alike=Fragment(_ALIKE),
    )


def candidates(
    session: Session, actor: Actor, probes: Sequence[Probe], *, rules: Duplicates, now: datetime
) -> Sequence[RowMapping]:
    """Return visible cases that may be duplicates of planned reports or stored cases (`probes`).

    Merged cases, confidential cases and cases about a person or unit are left out. Only the nearest `COMPARED` cases are
    compared. The rows are in the order of the probes,
    for each probe the highest score first, at most `rules.most` of them.

    Returns:
        Rows with `n` (position of the probe, from 1), columns of the case, `score` and its four parts (None: one of the two
        has no such value), `distance_m`, `age_s` (seconds between both reports), `is_open`, `is_mine` (reported by the actor)
        and `is_directed`.
    """
    visibility = case_visibility(actor, now)
    directed = case_visibility(actor, now, Permission.INCIDENT_DIRECT)
    statement = _candidates(visibility.condition(), directed.condition())
    half_size = max((degrees_around(probe.lat, rules.radius_m) for probe in probes), default=(0.0, 0.0))
    probe_binds: dict[str, Any] = {
        "me": actor.id,
        "now": now,
        "across": half_size[0],
        "up": half_size[1],
        "within": rules.within,
        "closed_within": rules.closed_within,
        "radius": rules.radius_m,
        "least": rules.score_least,
        "most": rules.most,
        "ids": [probe.id for probe in probes],
        "lons": [probe.lon for probe in probes],
        "lats": [probe.lat for probe in probes],
        "categories": [probe.category for probe in probes],
        "words": [probe.words for probe in probes],
        "ats": [probe.at for probe in probes],
        "w_distance": rules.distance,
        "w_category": rules.category,
        "w_time": rules.time,
        "w_text": rules.text,
    }
    return session.execute(statement, directed.binds | visibility.binds | probe_binds).mappings().all()


_PROBES = (
    select(
        Incident.id,
        Incident.profile_version_id,
        func.ST_X(Incident.location).label("lon"),
        func.ST_Y(Incident.location).label("lat"),
        Incident.category,
        Report.words,
        Incident.reported_at.label("at"),
    )
    .join(Report, Report.id == Incident.id)
    .where(
        Incident.id == any_(bindparam("ids", None, ARRAY(Uuid()))),
        Incident.deleted_at.is_(None),
        is_ordinary(),
    )
    .order_by(Incident.id)
)
_PROBES = unscoped(_PROBES, incident="cases that the reader sees or has just reported")


def probes_of(session: Session, incident_ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """Return the given cases with the values that a search for their duplicates needs.

    The columns are those of `Probe`, and `profile_version_id`. Confidential cases and cases about a person or unit are left
    out. The caller checks that the actor may see the cases.
    """
    return session.execute(_PROBES, {"ids": list(incident_ids)}).mappings().all()
