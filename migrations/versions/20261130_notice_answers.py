"""Attachments of notices, answers to notices by SMS, and replies to notices as evidence of rules."""

from alembic import op

revision = "0108_notice_answers"
down_revision = "0107_reply_messages"

_INDEXES = {
    "ix_notice_delivery_phone_digest": """create index concurrently if not exists ix_notice_delivery_phone_digest
        on notice_delivery (phone_digest) where phone_digest is not null""",
    "ix_message_address_digest_kept": """create index concurrently if not exists ix_message_address_digest_kept
        on message (address_digest) where address is not null""",
}
_OUTCOMES = "'reported','accepted','done','words_added','confirmed','stopped','refused','help'"
_MEDIA_KINDS = "'near','far','reference','before','after','voice','other'"
# Each constraint that replaces another allows all that the other allows.
_CHECKS = {
    "media": {
        "ck_media_kind": (f"kind in ({_MEDIA_KINDS},'document')", f"kind in ({_MEDIA_KINDS})"),
        "ck_media_one_record": (
            "num_nonnulls(incident_id, visit_id, notice_id) <= 1",
            "incident_id is null or visit_id is null",
        ),
    },
    "profile_evidence": {
        "ck_profile_evidence_kind": (
            "kind in ('signal','case','rating','notice_reply')",
            "kind in ('signal','case','rating')",
        ),
    },
    "incoming_sms": {
        "ck_incoming_sms_outcome": (
            f"outcome in ({_OUTCOMES},'understood','needs_help','asked','notices_stopped')",
            f"outcome in ({_OUTCOMES})",
        ),
    },
}


_FORGOTTEN = ("notice_household", "notice_delivery", "notice_event", "notice_reply")


_TRIGGER = "create trigger {} before {} on notice_event for each row execute function refuse_change()"


def _set_checks(*, is_new: bool) -> None:
    for table, checks in _CHECKS.items():
        for name, conditions in checks.items():
            op.execute(f"-- squawk-ignore ban-drop-constraint\nalter table {table} drop constraint {name}")
            condition = conditions[0 if is_new else 1]
            validity = "not valid" if is_new else ""
            op.execute(f"alter table {table} add constraint {name} check ({condition}) {validity}")


def upgrade() -> None:
    op.execute("alter table media add column notice_id uuid")
    op.execute("alter table notice add column attachments jsonb default '[]' not null")
    op.execute("alter table notice_delivery add column phone_digest bytea")
    op.execute("alter table notice add column final_states jsonb, add column states_erased_at timestamptz")
    # Steps are deleted after the period of retention, by the job worker alone. Nobody changes one.
    op.execute("drop trigger refuse_change on notice_event")
    op.execute(_TRIGGER.format("refuse_update", "update"))
    for table in _FORGOTTEN:
        op.execute(f"grant delete on {table} to gridward_job")
    _set_checks(is_new=True)
    # In transactions of their own, so that reads and writes go on meanwhile.
    with op.get_context().autocommit_block():
        for statement in _INDEXES.values():
            op.execute(statement)
        for table, checks in _CHECKS.items():
            for name in checks:
                op.execute(f"alter table {table} validate constraint {name}")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in _INDEXES:
            op.execute(f"drop index concurrently if exists {name}")
    op.execute("alter table notice_delivery drop column phone_digest")
    op.execute("delete from profile_evidence where kind = 'notice_reply'")
    op.execute(
        "update incoming_sms set outcome = 'help' where outcome in ('understood','needs_help','asked','notices_stopped')"
    )
    for table in _FORGOTTEN:
        op.execute(f"revoke delete on {table} from gridward_job")
    op.execute("drop trigger refuse_update on notice_event")
    op.execute(_TRIGGER.format("refuse_change", "delete or update"))
    op.execute("alter table notice drop column final_states, drop column states_erased_at")
    op.execute("delete from media_part where media_id in (select id from media where notice_id is not null)")
    op.execute(
        "delete from media_upload where media_id in (select id from media where notice_id is not null)"
    )
    op.execute("delete from media where notice_id is not null or kind = 'document'")
    _set_checks(is_new=False)
    op.execute("alter table notice drop column attachments")
    op.execute("alter table media drop column notice_id")
