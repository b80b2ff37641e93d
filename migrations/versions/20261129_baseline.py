"""The whole schema of version 0.2.0. Its SQL is in `migrations/baseline`, a file a subject, run in the order of names.

The revision has the id of the last of the 67 revisions before 0.2.0, which it replaces: a database that was migrated by all of
them has this schema, and stays as it is. `migrations/env.py` refuses a database that has only some of them.
"""

import re
from pathlib import Path

from alembic import op

revision = "0081_about_operations"
down_revision = None

FOLDER = Path(__file__).parents[1]
SUBJECTS = sorted((FOLDER / "baseline").glob("*.sql"))

# The queue's own triggers NOTIFY inside the enqueuing transaction, which serialises commits; the worker polls.
AFTER_QUEUE = """
drop trigger procrastinate_jobs_notify_queue_job_inserted_v1 on jobs.procrastinate_jobs;
drop trigger procrastinate_jobs_notify_queue_job_aborted_v1 on jobs.procrastinate_jobs;
grant usage on schema jobs to gridward_app, gridward_job;
grant select, insert, update, delete on all tables in schema jobs to gridward_app, gridward_job;
grant usage, select on all sequences in schema jobs to gridward_app, gridward_job;
grant execute on all functions in schema jobs to gridward_app, gridward_job;
"""


def run(sql: str) -> None:
    """Run SQL as it is. SQLAlchemy would take its colons and percent signs for parameters."""
    if op.get_context().as_sql:
        op.get_context().impl.static_output(sql)
    else:
        op.get_bind().connection.driver_connection.cursor().execute(sql)


def upgrade() -> None:
    for subject in SUBJECTS:
        run(subject.read_text())
    run("create schema jobs; set local search_path = jobs, public;")
    run((FOLDER / "job_queue_3_10_0.sql").read_text())
    run("set local search_path = public, jobs;" + AFTER_QUEUE)


def downgrade() -> None:
    sql = "".join(subject.read_text() for subject in SUBJECTS)
    tables = re.findall(r"^create (?:unlogged )?table (\w+)", sql, re.MULTILINE)
    functions = re.findall(r"^create function (\w+)\(", sql, re.MULTILINE)
    run("drop schema jobs cascade")
    run(f"drop table {', '.join(tables)} cascade")
    run("drop sequence case_number")
    run("".join(f"drop function {name};" for name in functions if functions.count(name) == 1))
    run("drop function black_out(text, text[]), black_out(jsonb, text[])")
    run(
        "alter default privileges in schema public revoke all on tables from gridward_app, gridward_job;"
        "alter default privileges in schema public revoke all on sequences from gridward_app, gridward_job;"
        "revoke all on alembic_version from gridward_app, gridward_job;"
        "revoke all on schema public from gridward_app, gridward_job"
    )
