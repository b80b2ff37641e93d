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


# The cases around a place, of those in a span of time, with the conditions that are the same for all probes there.
_AROUND = """
  select incident.id, incident.case_no, incident.status, incident.category, incident.reported_at, incident.closed_at,
    incident.report_count, incident.location, incident.location <-> place.p away, {is_open} is_open,
    incident.reported_by = :me is_mine, coalesce({is_directed}, false) is_directed
  from incident
  where incident.location && ST_Expand(place.p, :across, :up) and incident.deleted_at is null
    and incident.merged_into is null and {is_ordinary} and {is_in_span}
    and ({is_open} or incident.closed_at >= cast(:now as timestamptz) - cast(:closed_within as interval))
    and {is_visible}
"""
# The span that all probes of a place have in common, and the ends of it that only some of them have.
_IN_COMMON_SPAN = """incident.reported_at between place.last_at - cast(:within as interval)
  and place.first_at + cast(:within as interval)"""
_AT_ENDS_OF_SPAN = """place.first_at < place.last_at
  and incident.reported_at between place.first_at - cast(:within as interval) and place.last_at + cast(:within as interval)
  and not (incident.reported_at between place.last_at - cast(:within as interval)
           and place.first_at + cast(:within as interval))"""


@lru_cache(maxsize=500)
def _candidates(
    is_visible: ColumnElement[bool], is_directed: ColumnElement[bool], *, shares_places: bool, compared: int
) -> Fragment:
    """Return the statement that selects the cases near each probe, with their similarity.

    Probes at the same point within a minute share one search. Each of them may leave out one case, itself, so the nearest
    cases in the span of time that they have in common, and one more, contain the nearest of each.

    Args:
        is_visible, is_directed: SQL conditions on `Incident`: the actor sees the case, the actor directs the case.
        shares_places: Several probes may have the same point.
        compared: So many cases are compared with a probe.
    """
    conditions = {
        "is_open": not_(has_ended()),
        "is_ordinary": is_ordinary(),
        "is_visible": is_visible,
        "is_directed": is_directed,
    }
    around = Fragment(
        "({around} order by incident.location <-> place.p, incident.id desc limit {most})",
        around=Fragment(_AROUND, is_in_span=Fragment(_IN_COMMON_SPAN), **conditions),
        most=Fragment(str(compared + 1)),
    )
    if shares_places:
        at_ends = Fragment(_AROUND, is_in_span=Fragment(_AT_ENDS_OF_SPAN), **conditions)
        around = Fragment("{around} union all ({at_ends})", around=around, at_ends=at_ends)
    return Fragment(
        """
  with probe as materialized (
    select n, id, place, lon, lat, category, words, at,
           case when words = '' then '{}' else letter_pairs(words, '') end pairs
    from unnest(cast(:ids as uuid[]), cast(:places as int[]), cast(:lons as float8[]), cast(:lats as float8[]),
                cast(:categories as text[]), cast(:words as text[]), cast(:ats as timestamptz[])) with ordinality
      t(id, place, lon, lat, category, words, at, n)),
  place as materialized (
    select place, ST_SetSRID(ST_MakePoint(min(lon), min(lat)), 4326) p, min(at) first_at, max(at) last_at
    from probe group by place),
  around as materialized (
    select place.place, x.id, x.case_no, x.status, x.category, x.reported_at, x.closed_at,
      x.report_count, ST_X(x.location) lon, ST_Y(x.location) lat, x.away, x.is_open, x.is_mine, x.is_directed,
      ST_Distance(cast(x.location as geography), cast(place.p as geography)) distance_m
    from place cross join lateral ({around}) x),
  -- A case near several probes is read once, and each pair of texts is compared once.
  report_of as materialized (
    select r.id, r.words, case when r.words = '' then '{}' else letter_pairs(r.words, '') end pairs
    from report r where r.id = any(array(select distinct around.id from around))),
  told as materialized (
    select a.*, r.words, r.pairs from around a join report_of r on r.id = a.id),
  likeness as materialized (
    select probe.words probe_words, c.words,
      case when cardinality(c.pairs) > 0 and cardinality(probe.pairs) > 0 then {alike} end by_text
    from (select distinct on (probe.words, t.words) probe.words probe_words, probe.pairs probe_pairs, t.words, t.pairs
          from (select distinct place, words, pairs from probe) probe join told t on t.place = probe.place) c
      cross join lateral (select c.probe_words words, c.probe_pairs pairs) probe),
  compared as materialized (
    select * from (
      select probe.n, probe.category probe_category, probe.words probe_words, a.*,
        abs(extract(epoch from a.reported_at - probe.at)) age_s,
        row_number() over (partition by probe.n order by a.away, a.id desc) nth
      from probe join told a on a.place = probe.place
      where a.id is distinct from probe.id
        and a.reported_at between probe.at - cast(:within as interval) and probe.at + cast(:within as interval)) r
    where r.nth <= {compared} and r.distance_m <= :radius),
  scored as (
    select c.n, c.id, c.case_no, c.status, c.category, c.words, c.lon, c.lat, c.reported_at, c.closed_at, c.report_count,
      c.is_open, c.is_mine, c.is_directed, c.distance_m, c.age_s, l.by_text, p.*,
      (:w_distance * p.by_distance + :w_category * coalesce(p.by_category, 0) + :w_time * p.by_time
       + :w_text * coalesce(l.by_text, 0))
      / nullif(:w_distance + case when p.by_category is null then 0 else :w_category end + :w_time
               + case when l.by_text is null then 0 else :w_text end, 0) score
    from compared c join likeness l on l.probe_words = c.probe_words and l.words = c.words cross join lateral (
      select greatest(0, 1 - c.distance_m / :radius) by_distance, {of_kind} by_category,
        greatest(0, 1 - c.age_s / extract(epoch from cast(:within as interval))) by_time
      from (select c.probe_category category) probe offset 0) p),
  ranked as (
    select s.*, row_number() over (partition by s.n order by s.score desc, s.id) place
    from scored s where s.score >= :least)
  select b.n, b.id, b.case_no, b.status, b.category, b.words, b.lon, b.lat, b.reported_at, b.closed_at,
    b.report_count, b.is_open, b.is_mine, b.is_directed, b.distance_m, b.by_distance, b.by_category, b.by_time, b.by_text,
    b.age_s, b.score
  from ranked b where b.place <= :most
  order by b.n, b.score desc, b.id
""",
        compared=Fragment(str(compared)),
        around=around,
        of_kind=Fragment(_OF_KIND),
        alike=Fragment(_ALIKE),
    )


def candidates(
    session: Session,
    actor: Actor,
    probes: Sequence[Probe],
    *,
    rules: Duplicates,
    now: datetime,
    compared: int = COMPARED,
) -> Sequence[RowMapping]:
    """Return visible cases that may be duplicates of planned reports or stored cases (`probes`).

    Merged cases, confidential cases and cases about a person or unit are left out. Only the nearest `compared` cases are
    compared. The rows are in the order of the probes,
    for each probe the highest score first, at most `rules.most` of them.

    Returns:
        Rows with `n` (position of the probe, from 1), columns of the case, `score` and its four parts (None: one of the two
        has no such value), `distance_m`, `age_s` (seconds between both reports), `is_open`, `is_mine` (reported by the actor)
        and `is_directed`.
    """
    visibility = case_visibility(actor, now)
    directed = case_visibility(actor, now, Permission.INCIDENT_DIRECT)
    # Reports of one minute at one point share one search.
    keys = [(probe.lon, probe.lat, probe.at.replace(second=0, microsecond=0)) for probe in probes]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    statement = _candidates(
        visibility.condition(),
        directed.condition(),
        shares_places=len(numbers) < len(probes),
        compared=compared,
    )
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
        "places": [numbers[key] for key in keys],
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
