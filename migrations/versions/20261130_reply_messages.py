"""Messages about a reply: one to each address.

A reply is stored in the history of the case and of each case merged into it. Before, the reporter of a merged case got a
message about each of the two.
"""

from alembic import op

revision = "0107_reply_messages"
down_revision = "0106_notice_sms_checks"

_FUNCTION = """
create or replace function message_of_event() returns trigger language plpgsql set search_path = public as $$
begin
  insert into message (jurisdiction_id, channel, kind, is_news, address, address_digest, language, subject_id, cause,
                       created_at, due_at)
  select i.jurisdiction_id, c.channel, case new.action when 'reply' then 'case_reply' else 'case_state' end, true,
    c.address, c.address_digest, c.language, c.id, 'event:' || new.seq || ':' || c.id, new.occurred_at, new.recorded_at
  from incident i join public_report p on p.incident_id = i.id join follow_contact c on c.report_id = p.report_id
  where {is_concerned}
    and c.confirmed_at is not null and c.ended_at is null
  on conflict (cause) do nothing;
  if found then
    perform wake_messages(null);
  end if;
  return null;
end $$
"""
_IS_FOLLOWED = "(i.id = new.incident_id or i.merged_into = new.incident_id)"
_IS_CONCERNED = "(i.id = new.incident_id or i.merged_into = new.incident_id and new.action <> 'reply')"


def upgrade() -> None:
    op.execute(_FUNCTION.replace("{is_concerned}", _IS_CONCERNED))


def downgrade() -> None:
    op.execute(_FUNCTION.replace("{is_concerned}", _IS_FOLLOWED))
