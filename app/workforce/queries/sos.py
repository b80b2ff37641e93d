"""SQL of calls for help: who is to be told, and what of them those told read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core import links
from app.core.actor import Actor
from app.core.ids import uuid7
from app.workforce.rules.sos import LATE_AFTER, Candidate, Told
from app.workforce.scope import text_of, works_for

# Somebody stands in for her now, and she has not come back on duty.
_ABSENT = """(exists (select 1 from substitution ab where ab.worker_id = {0} and ab.deleted_at is null
                      and ab.during @> cast(:now as timestamptz))
              and not exists (select 1 from duty ad where ad.worker_id = {0} and ad.deleted_at is null
                              and upper_inf(ad.during)))"""

# Told of it, or hers: nobody else knows of it.
_VISIBLE = """(s.worker_id = :me or exists (
  select 1 from sos_recipient sr where sr.sos_id = s.id and sr.recipient_id = :me and sr.deleted_at is null))"""

_ITEM = f"""
  json_build_object(
    'id', s.id, 'worker', json_build_object('id', w.id, 'name', w.name),
    'raised_at', s.raised_at, 'received_at', s.received_at,
    'late_s', case when s.received_at - s.raised_at > interval '{LATE_AFTER.total_seconds()} seconds'
              then floor(extract(epoch from s.received_at - s.raised_at))::bigint else 0 end,
    'on_duty', s.is_on_duty,
    'place', case when s.lon is not null then json_build_object(
       'lon', round(s.lon::numeric, 7), 'lat', round(s.lat::numeric, 7), 'accuracy_m', s.accuracy_m) end,
    'place_erased_at', s.place_erased_at, 'note', s.note,
    'told', (select coalesce(json_agg(json_build_object('id', r.recipient_id, 'name', a.name, 'reason', r.reason,
                                                        'at', r.told_at) order by r.wave, r.id), '[]')
             from sos_recipient r join account a on a.id = r.recipient_id where r.sos_id = s.id),
    'acknowledged', case when s.acknowledged_at is not null then json_build_object(
       'at', s.acknowledged_at, 'by', (select json_build_object('id', a.id, 'name', a.name)
                                       from account a where a.id = s.acknowledged_by)) end,
    'closed', case when s.closed_at is not null then json_build_object(
       'at', s.closed_at, 'outcome', s.outcome, 'note', s.closing_note,
       'by', (select json_build_object('id', a.id, 'name', a.name) from account a where a.id = s.closed_by)) end,
    'work', case when s.worker_id <> :me and coalesce(l.open_work, 0) > 0 then json_build_object(
       'open_work', l.open_work,
       'incidents', :incidents || '?worker_id=' || s.worker_id || '&assignment=accepted') end,
    'version', s.version)
"""
_FROM = "sos s join worker w on w.id = s.worker_id left join worker_load l on l.worker_id = s.worker_id"


def candidates(
    session: Session, worker_id: UUID, *, place: tuple[float, float] | None, now: datetime
) -> list[Candidate]:
    """Who may be told: of the path of what she looks after, else of where she is, else of where her account is kept."""
    sql = f"""
      with hers as (
        select v.path from responsibility r join area_version v on v.area_id = r.area_id and upper_inf(v.valid)
        where r.worker_id = :worker_id and r.deleted_at is null and r.valid @> cast(:now as timestamptz)),
      here as (
        select v.path from area_version v
        where not exists (select 1 from hers) and :is_placed and upper_inf(v.valid)
          and v.geom && ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)
          and ST_Covers(v.geom, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326))
          and {text_of(works_for, ":worker_id", "v.jurisdiction_id")}),
      kept as (
        select v.path from account_grant g join area_version v on v.area_id = g.area_id and upper_inf(v.valid)
        where not exists (select 1 from hers) and not exists (select 1 from here)
          and g.account_id = :worker_id and g.revoked_at is null and g.deleted_at is null),
      homes as (select path from hers union all select path from here union all select path from kept),
      above as (
        select distinct v.area_id from area_version v
        where upper_inf(v.valid) and exists (select 1 from homes h where h.path <@ v.path)),
      found as (
        select r.worker_id account_id, r.role reason
        from responsibility r join above b on b.area_id = r.area_id
        where r.deleted_at is null and r.valid @> cast(:now as timestamptz)
          and (r.role = 'chief' and not {_ABSENT.format("r.worker_id")}
               or r.role = 'substitute' and exists (
                 select 1 from substitution s join responsibility c on c.worker_id = s.worker_id
                 where s.substitute_id = r.worker_id and s.deleted_at is null
                   and s.during @> cast(:now as timestamptz) and c.area_id = r.area_id and c.role = 'chief'
                   and c.deleted_at is null and c.valid @> cast(:now as timestamptz)
                   and {_ABSENT.format("s.worker_id")}))
        union all
        select g.account_id, case when g.role = 'admin' then 'admin'
                                  when g.area_id is null then 'everywhere' else 'supervisor' end
        from account_grant g
        where g.revoked_at is null and g.deleted_at is null and g.role in ('supervisor', 'admin')
          and g.unit_id is null and (g.area_id is null or g.area_id in (select area_id from above)))
      select distinct f.account_id, f.reason from found f join account a on a.id = f.account_id
      where a.disabled_at is null and a.deleted_at is null and f.account_id <> :worker_id
      order by f.account_id, f.reason
    """
    lon, lat = place or (0.0, 0.0)
    binds = {"worker_id": worker_id, "now": now, "is_placed": place is not None, "lon": lon, "lat": lat}
    return [Candidate(row.account_id, row.reason) for row in session.execute(text(sql), binds)]


def insert_sos(session: Session, values: dict[str, Any]) -> bool:
    """Tell whether it is new."""
    sql = """
      insert into sos (id, worker_id, raised_at, received_at, is_on_duty, lon, lat, accuracy_m, note, device_id,
                       wave, told_at)
      values (:id, :worker_id, :raised_at, :received_at,
              exists (select 1 from duty where worker_id = :worker_id and deleted_at is null
                      and during @> cast(:raised_at as timestamptz)),
              :lon, :lat, :accuracy_m, :note, :device_id, -1, :received_at)
      on conflict (id) do nothing
      returning id
    """
    return session.scalar(text(sql), values) is not None


def tell(session: Session, sos_id: UUID, recipients: Sequence[Told], *, wave: int, now: datetime) -> None:
    """Note who is told now; whoever was told before stays so."""
    sql = """
      insert into sos_recipient (id, sos_id, recipient_id, reason, wave, told_at, changed_at)
      select id, :sos_id, account_id, reason, wave, :now, :now
      from unnest(cast(:ids as uuid[]), cast(:accounts as uuid[]), cast(:reasons as text[]), cast(:waves as int[]))
        t(id, account_id, reason, wave)
      on conflict (sos_id, recipient_id) do nothing
    """
    binds: dict[str, Any] = {"sos_id": sos_id, "now": now, "ids": [uuid7() for _ in recipients]}
    binds |= {"accounts": [t.account_id for t in recipients], "reasons": [t.reason for t in recipients]}
    session.execute(text(sql), binds | {"waves": [t.wave for t in recipients]})
    session.execute(
        text("update sos set wave = :wave, told_at = :now where id = :id"),
        {"id": sos_id, "wave": wave, "now": now},
    )


def owner_of(session: Session, sos_id: UUID) -> UUID | None:
    result: UUID | None = session.scalar(text("select worker_id from sos where id = :id"), {"id": sos_id})
    return result


def lock(session: Session, sos_id: UUID) -> RowMapping | None:
    sql = """
      select id, worker_id, lon, lat, wave, told_at, acknowledged_at, closed_at, closed_by, outcome
      from sos where id = :id and deleted_at is null for no key update
    """
    return session.execute(text(sql), {"id": sos_id}).mappings().one_or_none()


def is_told(session: Session, sos_id: UUID, account_id: UUID) -> bool:
    sql = """
      select exists (select 1 from sos_recipient
                     where sos_id = :sos_id and recipient_id = :account_id and deleted_at is null)
    """
    return bool(session.scalar(text(sql), {"sos_id": sos_id, "account_id": account_id}))


def acknowledge(session: Session, sos_id: UUID, *, by: UUID, now: datetime) -> None:
    sql = "update sos set acknowledged_at = :now, acknowledged_by = :by where id = :id and acknowledged_at is null"
    session.execute(text(sql), {"id": sos_id, "by": by, "now": now})


def close(session: Session, sos_id: UUID, *, by: UUID, outcome: str, note: str | None, now: datetime) -> None:
    sql = """
      update sos set closed_at = :now, closed_by = :by, outcome = :outcome, closing_note = :note where id = :id
    """
    session.execute(text(sql), {"id": sos_id, "by": by, "outcome": outcome, "note": note, "now": now})


def touch_recipients(session: Session, sos_id: UUID, *, now: datetime) -> None:
    """Let a change of the call reach all who were told of it."""
    session.execute(
        text("update sos_recipient set changed_at = :now where sos_id = :id"), {"id": sos_id, "now": now}
    )


def unanswered(session: Session, *, told_before: datetime, last_wave: int, limit: int) -> list[UUID]:
    sql = """
      select id from sos where acknowledged_at is null and closed_at is null and told_at <= :before
        and wave < :last and deleted_at is null
      order by told_at limit :limit
    """
    binds = {"before": told_before, "last": last_wave, "limit": limit}
    return list(session.scalars(text(sql), binds))


def with_place_to_erase(session: Session, *, closed_before: datetime, limit: int) -> list[UUID]:
    sql = """
      select id from sos where place_erased_at is null and closed_at <= :before order by closed_at limit :limit
    """
    return list(session.scalars(text(sql), {"before": closed_before, "limit": limit}))


def erase_place(session: Session, sos_id: UUID, *, now: datetime) -> None:
    """The place, and her words, which may name it."""
    sql = """
      update sos set lon = null, lat = null, accuracy_m = null, note = null, place_erased_at = :now
      where id = :id and place_erased_at is null
    """
    session.execute(text(sql), {"id": sos_id, "now": now})


def item(session: Session, actor: Actor, sos_id: UUID) -> bytes | None:
    """One call as JSON, if the actor may know of it."""
    sql = f"select {_ITEM} from {_FROM} where s.id = :id and s.deleted_at is null and {_VISIBLE}"
    binds = {"id": sos_id, "me": actor.id, "incidents": links.link("/api/v1/incidents")}
    result: bytes | None = session.scalar(text(sql), binds)
    return result


def calls(
    session: Session, actor: Actor, *, is_open: bool | None, after: list[str] | None, limit: int
) -> RowMapping:
    """A page of the calls that the actor knows of, the last received first."""
    sql = f"""
      with page as (
        select s.received_at, s.id, {_ITEM} item from {_FROM}
        where s.deleted_at is null and {_VISIBLE}
          and (cast(:is_open as boolean) is null or (s.closed_at is null) = :is_open)
          and (cast(:after_at as timestamptz) is null
               or (s.received_at, s.id) < (cast(:after_at as timestamptz), cast(:after_id as uuid)))
        order by s.received_at desc, s.id desc limit :limit + 1),
      shown as (select * from page order by received_at desc, id desc limit :limit)
      select (select coalesce(json_agg(item order by received_at desc, id desc), '[]') from shown) items,
             (select count(*) from page) n,
             (select array[received_at::text, id::text] from shown order by received_at, id limit 1) last_key
    """
    after_at, after_id = after or (None, None)
    binds: dict[str, Any] = {
        "me": actor.id,
        "incidents": links.link("/api/v1/incidents"),
        "is_open": is_open,
        "limit": limit,
    }
    return session.execute(text(sql), binds | {"after_at": after_at, "after_id": after_id}).mappings().one()
