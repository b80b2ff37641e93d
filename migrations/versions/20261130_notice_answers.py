"""Attachments of notices: documents in the media store, and the files of each notice with their titles."""

from alembic import op

revision = "0108_notice_answers"
down_revision = "0106_notice_sms_checks"

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
}


def _set_checks(*, is_new: bool) -> None:
    for table, checks in _CHECKS.items():
        for name, conditions in checks.items():
            op.execute(f"-- squawk-ignore ban-drop-constraint\nalter table {table} drop constraint {name}")
            condition = conditions[0 if is_new else 1]
            op.execute(f"alter table {table} add constraint {name} check ({condition}) not valid")


def upgrade() -> None:
    op.execute("alter table media add column notice_id uuid")
    op.execute("alter table notice add column attachments jsonb default '[]' not null")
    _set_checks(is_new=True)
    # In transactions of their own, so that reads and writes go on meanwhile.
    with op.get_context().autocommit_block():
        for table, checks in _CHECKS.items():
            for name in checks:
                op.execute(f"alter table {table} validate constraint {name}")


def downgrade() -> None:
    op.execute("delete from media_part where media_id in (select id from media where notice_id is not null)")
    op.execute(
        "delete from media_upload where media_id in (select id from media where notice_id is not null)"
    )
    op.execute("delete from media where notice_id is not null or kind = 'document'")
    _set_checks(is_new=False)
    op.execute("alter table notice drop column attachments")
    op.execute("alter table media drop column notice_id")
