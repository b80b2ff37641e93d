"""Let statements that count cases be parallel, and price the look at the subject of a case as what it is.

Few cases are about somebody, and the functions only read. As functions for one process they kept each statement with them in
one process; with a thousand rows expected of each call, PostgreSQL looked up each case by its id to call them less often.
"""

from alembic import op

revision = "0116_parallel_figures"
down_revision = "0116_pull_offers"


def upgrade() -> None:
    op.execute("alter function subject_leads(uuid, timestamptz) parallel safe cost 10 rows 5")
    op.execute("alter function stands_above_subject(ltree[], ltree, uuid, timestamptz) parallel safe")


def downgrade() -> None:
    op.execute("alter function stands_above_subject(ltree[], ltree, uuid, timestamptz) parallel unsafe")
    op.execute("alter function subject_leads(uuid, timestamptz) parallel unsafe cost 100 rows 1000")
