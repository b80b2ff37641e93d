"""What happens to cases beside being handled: more time, supervision, the books, returns, contests, reasons."""

from alembic import op

revision = "0037_case_life"
down_revision = "0036_signals"

OF_INCIDENT = {
    "ended_reason": "text",
    "extension_asked_at": "timestamptz",
    "extension_asked_by": "uuid",
    "extension_amount": "float",
    "extended_count": "int not null default 0",
    "returned_count": "int not null default 0",
    "contested_count": "int not null default 0",
    "urged_count": "int not null default 0",
    "supervised_at": "timestamptz",
    "supervised_level": "int",
    "supervised_until": "timestamptz",
    "review_at": "timestamptz",
}
OF_DEADLINE = {"extended": "float not null default 0", "first_due_at": "timestamptz"}
INDEXES = {
    "ix_incident_extension_asked_at": "incident (extension_asked_at) where extension_asked_at is not null",
    "ix_incident_supervised_at": "incident (supervised_at) where supervised_at is not null",
    "ix_incident_review_at": "incident (review_at) where review_at is not null",
}


def upgrade() -> None:
    for table, columns in (("incident", OF_INCIDENT), ("deadline", OF_DEADLINE)):
        for name, kind in columns.items():
            op.execute(f"alter table {table} add column {name} {kind}")
    # What was told of cases before: each step is an event, and nobody named a reason.
    op.execute(
        """update incident i set urged_count = e.urged, returned_count = e.returned
           from (select incident_id, count(*) filter (where action = 'urge') urged,
                        count(*) filter (where action = 'return') returned
                 from incident_event where action in ('urge', 'return') group by incident_id) e
           where e.incident_id = i.id"""
    )
    op.execute(
        """update incident set ended_reason = case when merged_into is not null then 'duplicate' else 'other' end
           where status in ('not_filed', 'force_closed')"""
    )
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        for name, what in INDEXES.items():
            op.execute(f"drop index concurrently if exists {name}")
            op.execute(f"create index concurrently {name} on {what}")
        op.execute("set lock_timeout = '5s'")


def downgrade() -> None:
    for table, columns in (("incident", OF_INCIDENT), ("deadline", OF_DEADLINE)):
        for name in columns:
            op.execute(f"alter table {table} drop column {name}")
