"""Whether an offer reached its phone, how far somebody is with a case, who holds it by order, and offers to several at once."""

from alembic import op

revision = "0027_dispatch_states"
down_revision = "0026_confidential"

ASSIGNMENT = ("offered", "queued", "accepted", "done", "withdrawn", "failed")
OFFER = ("offered", "accepted", "declined", "expired", "withdrawn")
MORE_ASSIGNMENT = ("open", "en_route", "on_scene")
MORE_OFFER = ("undelivered",)
ACTIVE = ("offered", "queued", "accepted")

INDEXES = {
    "ix_incident_pinned_to": "incident (pinned_to) where pinned_to is not null",
    "ix_offer_worker_id_live": "offer (worker_id) where state = 'offered'",
}

COLUMNS = """
alter table assignment add column en_route_at timestamptz, add column on_scene_at timestamptz,
  add column ended_because text;
alter table offer add column because text;
alter table incident add column pinned_to uuid, add column locked_at timestamptz;
alter table incident add constraint fk_incident_pinned_to_worker foreign key (pinned_to) references worker (id) not valid;
"""

DELIVERY = """
create table offer_delivery (
  offer_id uuid not null,
  worker_id uuid not null,
  way text not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  xid xid8 not null default pg_current_xact_id(),
  constraint pk_offer_delivery primary key (offer_id),
  constraint ck_offer_delivery_way check (way in ('pulled', 'told', 'answered')),
  constraint fk_offer_delivery_offer_id_offer foreign key (offer_id) references offer (id),
  constraint fk_offer_delivery_worker_id_worker foreign key (worker_id) references worker (id)
);
create index ix_offer_delivery_worker_id on offer_delivery (worker_id, occurred_at);
create trigger refuse_change before update or delete on offer_delivery for each row execute function refuse_change();
revoke update on offer_delivery from gridward_app, gridward_job;
"""

HOLDERS = """
create or replace function holders_of(case_id uuid) returns table (bucket text) language sql stable
set search_path = public as $$
  select case when a.state = 'queued' then 'unit:' || a.unit_id else 'worker:' || coalesce(a.account_id, a.worker_id) end
  from assignment a where a.incident_id = case_id and a.state in {held}{asked}
$$;

create or replace function log_case_to_holder() returns trigger language plpgsql as $$
declare
  was text := case when tg_op = 'UPDATE' then case when old.state = 'queued' then 'unit:' || old.unit_id
                else 'worker:' || coalesce(old.account_id, old.worker_id) end end;
  is_now text := case when new.state = 'queued' then 'unit:' || new.unit_id
                else 'worker:' || coalesce(new.account_id, new.worker_id) end;
  stays text := case when new.state in {held} then 'P' else 'R' end;
begin
  if is_now is not null then
    insert into change_log (bucket, entity, row_id, op) values (is_now, 'incident', new.incident_id, stays);
  end if;
  if was is distinct from is_now and was is not null then
    insert into change_log (bucket, entity, row_id, op) values (was, 'incident', new.incident_id, 'R');
  end if;
  if exists (select 1 from incident_note n where n.incident_id = new.incident_id) then
    insert into change_log (bucket, entity, row_id, op)
    select b.name, 'incident_note', n.id, case when b.name = is_now then stays else 'R' end
    from (select is_now name union select was) b, incident_note n
    where n.incident_id = new.incident_id and b.name is not null;
  end if;
  return null;
end $$;
"""
ASKED = """
  union
  select 'worker:' || o.worker_id from offer o join assignment a on a.id = o.assignment_id
  where o.incident_id = case_id and o.state = 'offered' and a.state = 'open'"""

# Where several are asked at once, no attempt names them: their offers bring the case, and take it away.
TO_ASKED = """
create function log_case_to_asked() returns trigger language plpgsql as $$
declare
  stays text := case when new.state = 'offered' then 'P' else 'R' end;
begin
  if exists (select 1 from assignment a where a.id = new.assignment_id and a.worker_id = new.worker_id) then
    return null;
  end if;
  insert into change_log (bucket, entity, row_id, op)
  select 'worker:' || new.worker_id, 'incident', new.incident_id, stays
  union all
  select 'worker:' || new.worker_id, 'incident_note', n.id, stays from incident_note n
  where n.incident_id = new.incident_id;
  return null;
end $$;
create trigger log_case_to_asked after insert or update on offer for each row execute function log_case_to_asked();
"""


def listed(states: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"'{state}'" for state in states) + ")"


def upgrade() -> None:
    op.execute(COLUMNS)
    op.execute(DELIVERY)
    allow({"assignment": ASSIGNMENT + MORE_ASSIGNMENT, "offer": OFFER + MORE_OFFER})
    op.execute(HOLDERS.format(held=listed((*ACTIVE, "en_route", "on_scene")), asked=ASKED))
    op.execute(TO_ASKED)
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        for table, name in (
            ("assignment", "ck_assignment_state"),
            ("offer", "ck_offer_state"),
            ("incident", "fk_incident_pinned_to_worker"),
        ):
            op.execute(f"alter table {table} validate constraint {name}")
        replace("uq_assignment_active", "assignment (incident_id, role)", ACTIVE + MORE_ASSIGNMENT)
        replace("uq_offer_live", "offer (assignment_id, worker_id)", ("offered",))
        for name, columns in INDEXES.items():
            op.execute(f"drop index concurrently if exists {name}")
            op.execute(f"create index concurrently {name} on {columns}")
        op.execute("set lock_timeout = '5s'")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        replace("uq_assignment_active", "assignment (incident_id, role)", ACTIVE)
        replace("uq_offer_live", "offer (assignment_id)", ("offered",))
        for name in INDEXES:
            op.execute(f"drop index concurrently if exists {name}")
        op.execute("set lock_timeout = '5s'")
    op.execute("drop trigger log_case_to_asked on offer")
    op.execute("drop function log_case_to_asked")
    op.execute(HOLDERS.format(held=listed(ACTIVE), asked=""))
    allow({"assignment": ASSIGNMENT, "offer": OFFER})
    op.execute("drop table offer_delivery")
    op.execute("alter table incident drop column pinned_to, drop column locked_at")
    op.execute("alter table offer drop column because")
    op.execute(
        "alter table assignment drop column en_route_at, drop column on_scene_at, drop column ended_because"
    )


def allow(states: dict[str, tuple[str, ...]]) -> None:
    for table, allowed in states.items():
        name = f"ck_{table}_state"
        # A wider one takes its place in the same transaction.
        op.execute(f"-- squawk-ignore ban-drop-constraint\nalter table {table} drop constraint {name}")
        op.execute(f"alter table {table} add constraint {name} check (state in {listed(allowed)}) not valid")


def replace(name: str, columns: str, states: tuple[str, ...]) -> None:
    """A unique index takes the place of another one of its name: there is always one."""
    op.execute(f"drop index concurrently if exists {name}_next")  # an attempt that was broken off leaves one
    op.execute(f"create unique index concurrently {name}_next on {columns} where state in {listed(states)}")
    op.execute(f"drop index concurrently if exists {name}")
    op.execute(f"-- squawk-ignore renaming-object\nalter index if exists {name}_next rename to {name}")
