"""Cases that may be the same matter as a report, with what speaks for it: found by place, in one statement for many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import sql_text
from app.core.great_circle import degrees_around
from app.incidents.scope import ENDED, NOT_CONFIDENTIAL, directed_clause, visible_clause
from app.profiles.rules.duplicates import Duplicates

# Merged ones lead to another, which is a candidate itself. What only some of its readers may see is none.
_CANDIDATE = f"i.deleted_at is null and i.merged_into is null and {NOT_CONFIDENTIAL}"
_OPEN = f"i.status not in {ENDED}"
# Two texts: twice the pairs of letters they have in common, of all they have.
_ALIKE = """2.0 * (select count(*) from unnest(c.pairs) pair where pair = any(probe.pairs))
  / (cardinality(c.pairs) + cardinality(probe.pairs))"""
# The same category, or one of the same class: their codes differ in the last two letters only.
_OF_KIND = """case when probe.category = 'unclassified' or c.category = 'unclassified' then null
  when c.category = probe.category then 1.0 when left(c.category, -2) = left(probe.category, -2) then 0.5 else 0.0 end"""


@dataclass(frozen=True, slots=True)
class Probe:
    """A report, or a case by its id, to which others are compared. EPSG:4326."""

    lon: float
    lat: float
    category: str
    words: str
    at: datetime
    id: UUID | None = None


def candidates(
    session: Session, actor: Actor, probes: Sequence[Probe], *, rules: Duplicates, now: datetime
) -> Sequence[RowMapping]:
    """For each probe by its place in `probes` (`n`, from 1) what may be the same matter, likeliest first.

    Rows: the case with `score`, its four parts (None: one side says nothing of it), `distance_m`, `age_s` between the
    two, and whether it `is_open`, `is_mine` (reported by the actor) and `is_directed` by her.
    """
    clause, binds = visible_clause(actor, now)
    directed_sql, directed_binds = directed_clause(actor, now, Permission.INCIDENT_DIRECT)
    binds = directed_binds | binds
    half_size = max((degrees_around(probe.lat, rules.radius_m) for probe in probes), default=(0.0, 0.0))
    sql = f"""
      with probe as materialized (
        select n, id, category, at, ST_SetSRID(ST_MakePoint(lon, lat), 4326) p,
               case when words = '' then '{{}}' else letter_pairs(words, '') end pairs
        from unnest(cast(:ids as uuid[]), cast(:lons as float8[]), cast(:lats as float8[]), cast(:categories as text[]),
                    cast(:words as text[]), cast(:ats as timestamptz[])) with ordinality
          t(id, lon, lat, category, words, at, n))
      select probe.n, c.id, c.case_no, c.status, c.category, c.words, c.lon, c.lat, c.reported_at, c.closed_at,
        c.report_count, c.is_open, c.is_mine, c.is_directed, c.distance_m, s.*
      from probe cross join lateral (
        select i.id, i.case_no, i.status, i.category, i.reported_at, i.closed_at, i.report_count,
          ST_X(i.location) lon, ST_Y(i.location) lat, {_OPEN} is_open, i.reported_by = :me is_mine,
          coalesce({directed_sql}, false) is_directed,
          ST_Distance(cast(i.location as geography), cast(probe.p as geography)) distance_m,
          r.words, case when r.words = '' then '{{}}' else letter_pairs(r.words, '') end pairs
        from incident i join report r on r.id = i.id
        where i.location && ST_Expand(probe.p, :across, :up) and {_CANDIDATE} and i.id is distinct from probe.id
          and i.reported_at between probe.at - cast(:within as interval) and probe.at + cast(:within as interval)
          and ({_OPEN} or i.closed_at >= cast(:now as timestamptz) - cast(:closed_within as interval))
          and {clause} offset 0) c
      cross join lateral (
        select greatest(0, 1 - c.distance_m / :radius) by_distance, {_OF_KIND} by_category,
          greatest(0, 1 - abs(extract(epoch from c.reported_at - probe.at)) / extract(epoch from cast(:within as interval)))
            by_time,
          case when cardinality(c.pairs) > 0 and cardinality(probe.pairs) > 0 then {_ALIKE} end by_text,
          abs(extract(epoch from c.reported_at - probe.at)) age_s) p
      cross join lateral (
        select p.by_distance, p.by_category, p.by_time, p.by_text, p.age_s,
          (:w_distance * p.by_distance + :w_category * coalesce(p.by_category, 0) + :w_time * p.by_time
           + :w_text * coalesce(p.by_text, 0))
          / nullif(:w_distance + case when p.by_category is null then 0 else :w_category end + :w_time
                   + case when p.by_text is null then 0 else :w_text end, 0) score) s
      where c.distance_m <= :radius and s.score >= :least
      order by probe.n, s.score desc, c.id
    """
    probe_binds: dict[str, Any] = {
        "me": actor.id,
        "now": now,
        "across": half_size[0],
        "up": half_size[1],
        "within": rules.within,
        "closed_within": rules.closed_within,
        "radius": rules.radius_m,
        "least": rules.score_least,
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
    return session.execute(sql_text(sql), binds | probe_binds).mappings().all()


def probes_of(session: Session, incident_ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """Return probes of cases with `profile_version_id`; none for confidential cases or those about somebody."""
    sql = f"""
      select i.id, i.profile_version_id, ST_X(i.location) lon, ST_Y(i.location) lat, i.category, r.words, i.reported_at at
      from incident i join report r on r.id = i.id
      where i.id = any(cast(:ids as uuid[])) and i.deleted_at is null and {NOT_CONFIDENTIAL} order by i.id
    """
    return session.execute(sql_text(sql), {"ids": list(incident_ids)}).mappings().all()
