"""Let a case have one handling limit at most that was not replaced, in an index that figures read by parallel workers.

No program wrote two. Where a hand did, figures counted the last one, and the earlier ones end as replaced here. The function
says whether the subject of a case leads an area of it; as a subquery of the case it kept each count in one process.
"""

from alembic import op

revision = "0121_handling_limit"
down_revision = "0120_resident_email"

_IS_VALID = "stage = 'handle' and deleted_at is null and outcome is distinct from 'replaced'"
_REPLACE_EARLIER = f"""
  update deadline set outcome = 'replaced', stopped_at = coalesce(stopped_at, now()) where id in (
    select id from (
      select id, row_number() over (partition by incident_id order by started_at desc, id desc) place
      from deadline where {_IS_VALID}) valid where place > 1)"""
_INDEX = f"""create unique index concurrently if not exists uq_deadline_handling_limit
  on deadline (incident_id) include (due_at, outcome) where {_IS_VALID}"""
_LEADS_AREA_AT = """
create function leads_area_at(about uuid, case_path ltree, at timestamptz) returns boolean
language plpgsql stable parallel safe as $$
begin
  return exists (select from subject_leads(about, at) leads(path) where case_path <@ leads.path);
end $$"""


def upgrade() -> None:
    op.execute(_LEADS_AREA_AT)
    op.execute(_REPLACE_EARLIER)
    with op.get_context().autocommit_block():
        op.execute(_INDEX)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("drop index concurrently if exists uq_deadline_handling_limit")
    op.execute("drop function leads_area_at(uuid, ltree, timestamptz)")
