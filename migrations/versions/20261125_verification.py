"""Where a report comes from, and somebody who looks whether it is so before it is filed."""

from alembic import op

revision = "0031_verification"
down_revision = "0030_contests"

ROLES = "alter table assignment add constraint ck_assignment_role check (role in ({})) not valid"


def _replace(roles: str) -> None:
    # A wider one takes its place in the same transaction.
    op.execute(
        "-- squawk-ignore ban-drop-constraint\nalter table assignment drop constraint ck_assignment_role"
    )
    op.execute(ROLES.format(roles))
    # In a transaction of its own it blocks nobody.
    with op.get_context().autocommit_block():
        op.execute("alter table assignment validate constraint ck_assignment_role")


def upgrade() -> None:
    op.execute("alter table report add column source text not null default 'worker'")
    # Reports are never changed; where those of before came from is told by who reported, and how they came in.
    op.execute("alter table report disable trigger refuse_change")
    op.execute(
        """update report r set source = case when r.channel = 'import' then 'import' else 'public' end
           from reporter p where p.id = r.reporter_id and (r.channel = 'import' or p.kind in ('resident', 'anonymous'))"""
    )
    op.execute("alter table report enable trigger refuse_change")
    op.execute(
        "alter table report add constraint ck_report_source "
        "check (source in ('worker', 'public', 'video', 'leader', 'import', 'signal')) not valid"
    )
    with op.get_context().autocommit_block():
        op.execute("alter table report validate constraint ck_report_source")
    _replace("'handle', 'check', 'second', 'verify'")


def downgrade() -> None:
    op.execute("delete from offer where assignment_id in (select id from assignment where role = 'verify')")
    op.execute("delete from assignment where role = 'verify'")
    _replace("'handle', 'check', 'second'")
    op.execute("alter table report drop column source")
