"""Publication of notices to many households by a job: the state `publishing`, and addressees that wait for their rows."""

from alembic import op

revision = "0118_notice_publication"
down_revision = "0117_place_spellings"

_TABLE = """
create table notice_batch (
  notice_id uuid not null,
  number int not null,
  household_ids uuid[] not null,
  closed int[] not null,
  households int not null,
  constraint pk_notice_batch primary key (notice_id, number),
  constraint ck_notice_batch_one_value_each check (cardinality(household_ids) = cardinality(closed)),
  constraint ck_notice_batch_households check (households between 0 and cardinality(household_ids)),
  constraint fk_notice_batch_notice_id_notice foreign key (notice_id) references notice (id)
)
"""
_STATES = "'draft','awaiting_approval','published','withdrawn'"
# Each constraint that replaces another allows all that the other allows.
_CHECKS = {
    "ck_notice_state": (f"state in ({_STATES},'publishing')", f"state in ({_STATES})"),
    "ck_notice_published": (
        "state not in ('publishing','published') or published_at is not null",
        "state <> 'published' or published_at is not null",
    ),
}


def _set_checks(*, is_new: bool) -> None:
    for name, conditions in _CHECKS.items():
        op.execute(f"-- squawk-ignore ban-drop-constraint\nalter table notice drop constraint {name}")
        condition = conditions[0 if is_new else 1]
        validity = "not valid" if is_new else ""
        op.execute(f"alter table notice add constraint {name} check ({condition}) {validity}")


def upgrade() -> None:
    op.execute(_TABLE)
    op.execute("grant delete on notice_batch to gridward_job")
    _set_checks(is_new=True)
    # In transactions of their own, so that reads and writes go on meanwhile.
    with op.get_context().autocommit_block():
        for name in _CHECKS:
            op.execute(f"alter table notice validate constraint {name}")


def downgrade() -> None:
    op.execute(
        """do $$ begin
          if exists (select from notice_batch) then
            raise exception 'notices are being published; run the job worker until none is';
          end if;
        end $$"""
    )
    _set_checks(is_new=False)
    op.execute("drop table notice_batch")
