"""SQL of places: search by words, the nearest place of a point, one place by its id."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import ColumnElement, RowMapping
from sqlalchemy.orm import Session, aliased

from app.areas.models import AreaVersion
from app.areas.scope import deepest_area
from app.components import service as components
from app.components.models import Component
from app.core.actor import Actor
from app.core.db import Fragment
from app.places.models import NamedPlace
from app.places.rules import SearchText, letter_pairs
from app.places.scope import place_visibility
from app.profiles.scope import own_jurisdictions

_P = aliased(NamedPlace, name="p")
_COMPONENT = aliased(Component, name="c")
_ESCAPES = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})
_GRID = """(select json_build_object('id', v.area_id, 'code', v.code, 'name', v.name)
  from area_version v where v.area_id = p.grid_id and upper_inf(v.valid))"""
_ITEM = """json_build_object('id', p.id, 'kind', p.kind, 'name', p.name,
  'location', ST_AsGeoJSON(p.location, 7)::json, 'grid', {grid}, 'is_exact', b.is_exact)"""
# How many streets and compounds of a name are searched for a number.
_GROUPS = 60
# What a text may leave out of a number.
_ENDINGS = "array['', '号', '号楼', '幢', '栋', '座', '弄']"
# Rank of a named place: the name itself, its beginning, the beginning of its pinyin or initials, any part.
_RANK = """case when starts_with(p.words, ' ' || {words} || ' ') then 0
  when strpos(p.words, ' ' || {words} || ' ') > 0 then 1
  when starts_with(p.words, ' ' || {words}) then 2
  when strpos(p.words, ' ' || {words}) > 0 then 3 else 4 end"""
_KIND_ORDER = "array_position(array['street','landmark','compound','grid','area','component'], p.kind)"


@lru_cache(maxsize=200)
def _search(
    sees: ColumnElement[bool], reads_address: ColumnElement[bool], sees_component: ColumnElement[bool]
) -> Fragment:
    return Fragment(
        """
        with named as materialized (
          select p.id, {rank_of_words} rank, {kind_order} kind_order, length(p.words) size
          from named_place p
          where p.kind <> 'address' and p.source_count > 0 and letter_pairs(p.words, null) @> cast(:pairs as text[])
            and strpos(p.words, :words) > 0 and {sees}
          order by rank, kind_order, size, p.id limit :limit),
        name_with_number as (
          select * from unnest(cast(:names as text[]), cast(:name_pairs as jsonb[]), cast(:numbers as text[]),
            cast(:prefixes as text[])) n(words, pairs, number, prefix)),
        place_group as materialized (
          select found.id, n.number, n.prefix, found.rank from name_with_number n cross join lateral (
            select p.id, {rank_of_name} rank from named_place p
            where p.kind in ('street', 'compound') and p.kind <> 'address' and p.source_count > 0
              and letter_pairs(p.words, null) @> array(select jsonb_array_elements_text(n.pairs))
              and strpos(p.words, n.words) > 0 and {reads_address}
            order by rank, length(p.words), p.id limit {groups}) found
          union all
          select id, '', '%', rank + 5 from named where kind_order in (1, 3)),
        numbered as (
          select a.id, g.rank, a.is_exact, a.is_whole, a.size from place_group g cross join lateral (
            select p.id, g.number <> '' and substr(p.number, length(g.number) + 1) = any({endings}) is_exact,
                   substr(p.number, length(g.number) + 1, 1) !~ '[0-9]' is_whole, length(p.number) size
            from named_place p
            where p.kind = 'address' and p.source_count > 0 and p.group_id = g.id and p.number like g.prefix and {sees}
            order by is_exact desc, is_whole desc, size, p.number, p.id limit :limit) a),
        component_found as (
          select c.id, c.name, c.code, c.location, c.grid_id from component c
          where c.code = :words and c.deleted_at is null and {sees_component} limit 5),
        best as (
          select id, min(rank) rank, bool_or(is_exact) is_exact, bool_or(is_whole) is_whole, min(size) size,
                 min(kind_order) kind_order
          from (select id, rank, rank < 2 is_exact, true is_whole, size, kind_order from named
                union all
                select id, rank, is_exact and rank < 2, is_whole, size, 0 from numbered) every
          group by id order by rank, is_exact desc, is_whole desc, kind_order, size, id limit :limit)
        select coalesce(json_agg(item order by place), '[]') items from (
          select {item} item,
                 row_number() over (order by b.rank, b.is_exact desc, b.is_whole desc, b.kind_order, b.size, b.id) place
          from best b join named_place p using (id)
          union all
          select json_build_object('id', p.id, 'kind', 'component',
                   'name', json_build_object('zh', concat_ws(' ', p.name ->> 'zh', p.code),
                                             'en', concat_ws(' ', p.name ->> 'en', p.code)),
                   'location', ST_AsGeoJSON(p.location, 7)::json, 'grid', {grid}, 'is_exact', true), 0
          from component_found p) listed
        """,
        rank_of_words=Fragment(_RANK, words=Fragment(":words")),
        rank_of_name=Fragment(_RANK, words=Fragment("n.words")),
        kind_order=Fragment(_KIND_ORDER),
        sees=sees,
        reads_address=reads_address,
        sees_component=sees_component,
        groups=_GROUPS,
        endings=Fragment(_ENDINGS),
        item=Fragment(_ITEM, grid=Fragment(_GRID)),
        grid=Fragment(_GRID),
    )


def search(session: Session, actor: Actor, text: SearchText, *, limit: int, now: datetime) -> bytes:
    """Return the places that the actor sees and that a text finds, best first, as a JSON list."""
    visibility = place_visibility(actor, now, _P)
    seen_components = components.visibility(actor, now, _COMPONENT)
    statement = _search(visibility.condition, visibility.reads_address, seen_components.condition)
    binds: dict[str, Any] = {
        "words": text.words,
        "pairs": text.pairs,
        "names": text.names,
        "name_pairs": [Jsonb(letter_pairs(name)) for name in text.names],
        "numbers": text.numbers,
        "prefixes": [number.translate(_ESCAPES) + "%" for number in text.numbers],
        "limit": limit,
    }
    items: bytes = session.execute(statement, seen_components.binds | visibility.binds | binds).scalar_one()
    return items


@lru_cache(maxsize=200)
def _near(
    sees: ColumnElement[bool], is_own: ColumnElement[bool], is_own_area: ColumnElement[bool]
) -> Fragment:
    nearest = Fragment(
        """select kind, id, name, location, distance_m from (
             select k.*, ST_Distance(cast(k.location as geography), cast(given.point as geography)) distance_m
             from (select p.kind, p.id, p.name, p.location from named_place p
                   where p.kind in ('address', 'landmark') and p.source_count > 0 and p.location && given.box and {sees}
                   order by p.location <-> given.point limit 8) k) measured
           where distance_m <= :within_m""",
        sees=sees,
    )
    # The street of an address, of which the number stays hidden.
    nearest_street = Fragment(
        """select kind, cast(null as uuid), name, cast(null as geometry), distance_m from (
             select k.*, ST_Distance(cast(k.location as geography), cast(given.point as geography)) distance_m
             from (select 'street' kind, p.street name, p.location from named_place p
                   where (p.kind = 'landmark' or p.street is not null) and p.source_count > 0 and p.street is not null
                     and p.location && given.box and {is_own}
                   order by p.location <-> given.point limit 8) k) measured
           where distance_m <= :within_m""",
        is_own=is_own,
    )
    return Fragment(
        """
        with given as materialized (
          select at.point, ST_Expand(at.point, :within_m / (111320 * greatest(cos(radians(:lat)), 0.01)),
                                     :within_m / 110540.0) box
          from (select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) point) at)
        select json_build_object(
          'lon', cast(:lon as float8), 'lat', cast(:lat as float8),
          'place', (select json_build_object('id', n.id, 'kind', n.kind, 'name', n.name,
                      'location', ST_AsGeoJSON(n.location, 7)::json, 'distance_m', round(n.distance_m))
                    from ({nearest} union all {nearest_street}) n
                    order by n.distance_m, n.id is null, n.kind <> 'landmark' limit 1),
          'grid', (select json_build_object('id', v.area_id, 'code', v.code, 'name', v.name)
                   from {grid} at join area_version v on v.area_id = at.area_id and upper_inf(v.valid)
                   where v.level = 'grid')) body
        from given
        """,
        nearest=nearest,
        nearest_street=nearest_street,
        grid=deepest_area(AreaVersion.area_id, point=Fragment("given.point"), condition=is_own_area),
    )


def near(session: Session, actor: Actor, *, lon: float, lat: float, within_m: float, now: datetime) -> bytes:
    """Return the nearest place to a point that the actor sees, and the grid of the point, as JSON.

    An address whose number the actor may not read counts by its street.

    Args:
        lon: Longitude in degrees (WGS 84).
        lat: Latitude in degrees (WGS 84).
        within_m: Largest distance in metres on the spheroid.
    """
    visibility = place_visibility(actor, now, _P)
    is_own_area, area_binds = own_jurisdictions(actor, AreaVersion.jurisdiction_id)
    statement = _near(visibility.condition, visibility.is_own, is_own_area)
    binds = area_binds | visibility.binds | {"lon": lon, "lat": lat, "within_m": within_m}
    body: bytes = session.execute(statement, binds).scalar_one()
    return body


@lru_cache(maxsize=200)
def _point_of(sees: ColumnElement[bool]) -> Fragment:
    return Fragment(
        """select ST_X(p.location) lon, ST_Y(p.location) lat, p.name from named_place p
           where p.id = :place_id and p.source_count > 0 and {sees}""",
        sees=sees,
    )


def point_of(session: Session, actor: Actor, place_id: UUID, *, now: datetime) -> RowMapping | None:
    """Return `lon`, `lat` (WGS 84) and `name` of a place that the actor sees, or None."""
    visibility = place_visibility(actor, now, _P)
    binds = visibility.binds | {"place_id": place_id}
    return session.execute(_point_of(visibility.condition), binds).mappings().one_or_none()
