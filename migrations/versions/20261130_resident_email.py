"""E-mail address of a resident, and the channel `email` of notices.

Residents who are registered already have no address. An erasure blanks the address like the telephone number.
"""

from alembic import op

revision = "0120_resident_email"
down_revision = "0119_notice_tasks"

_TABLES = ("notice_delivery", "notice_event", "notice_opt_out")
_BLANKED = """
create or replace function blanked(entity text, was jsonb) returns jsonb language sql immutable as $$
  select case entity
    when 'resident' then was || '{%s}'
    when 'care_tag' then was || '{"kind": "erased", "purpose": ""}'
    when 'consent' then was || '{"purpose": ""}'
    else was end
$$;
"""
_FORGET_IN_TRAIL = """
-- Black out the name and the addresses of an erased resident in the audit trail.
create or replace function forget_resident_in_trail() returns trigger
language plpgsql security definer set search_path = public as $$
declare
  marks text[] := marks_of(%s);
begin
  update audit_event set purpose = black_out(purpose, marks), detail = black_out(detail, marks)
  where entity = 'resident' and entity_id = old.id and marks <> '{}'
    and (purpose, detail) is distinct from (black_out(purpose, marks), black_out(detail, marks));
  return null;
end $$;
"""
_UNMADE = """create index concurrently if not exists {name} on notice_delivery (notice_id, household_id)
  where {channel} and message_subject_id is null"""


def run(sql: str) -> None:
    """Run SQL as it is. SQLAlchemy would take its colons for parameters."""
    if op.get_context().as_sql:
        op.get_context().impl.static_output(sql)
    else:
        op.get_bind().connection.driver_connection.cursor().execute(sql)


def _set_channels(channels: str, *, is_valid: bool) -> None:
    for table in _TABLES:
        # The one that replaces it allows all that this one allows.
        op.execute(
            f"-- squawk-ignore ban-drop-constraint\nalter table {table} drop constraint ck_{table}_channel"
        )
        op.execute(
            f"alter table {table} add constraint ck_{table}_channel check (channel in ({channels}))"
            f"{'' if is_valid else ' not valid'}"
        )


def upgrade() -> None:
    op.execute("alter table resident add column email text")
    run(_BLANKED % '"name": null, "phone": null, "email": null, "registered_at": null, "birth_year": null')
    run(_FORGET_IN_TRAIL % "old.name, old.phone, old.email")
    _set_channels("'visit','link','paper','sms','email'", is_valid=False)
    # In transactions of their own, so that reads and writes go on meanwhile.
    with op.get_context().autocommit_block():
        op.execute(_UNMADE.format(name="ix_notice_delivery_no_message", channel="channel in ('sms','email')"))
        op.execute("drop index concurrently if exists ix_notice_delivery_unmade")
        for table in _TABLES:
            op.execute(f"alter table {table} validate constraint ck_{table}_channel")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(_UNMADE.format(name="ix_notice_delivery_unmade", channel="channel = 'sms'"))
        op.execute("drop index concurrently if exists ix_notice_delivery_no_message")
    for table in ("notice_opt_out", "notice_event", "notice_delivery"):
        op.execute(f"delete from {table} where channel = 'email'")
    _set_channels("'visit','link','paper','sms'", is_valid=True)
    run(_FORGET_IN_TRAIL % "old.name, old.phone")
    run(_BLANKED % '"name": null, "phone": null, "registered_at": null, "birth_year": null')
    op.execute("alter table resident drop column email")
