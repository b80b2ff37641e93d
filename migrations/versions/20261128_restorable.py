"""Compare paths and places of cases as text and bytes in trigger conditions, so that pg_restore can make the triggers.

pg_dump writes an empty search_path into a dump, and a condition cannot name the schema of the operator behind
`IS DISTINCT FROM`. Those of ltree and geometry are in public, where a restore does not find them. Text and bytea compare
by operators of pg_catalog. Both casts tell apart whatever `=` tells apart.
"""

from alembic import op

revision = "0063_restorable"
down_revision = "0062_upload_quota"

WATCHED = (
    *("jurisdiction_id", "profile_version_id", "category", "status", "scope_path", "owner_unit_id"),
    *(
        "about_kind",
        "about_id",
        "reported_at",
        "handled_by",
        "rework_count",
        "deleted_at",
        "handling_unit_id",
    ),
    *("extended_count", "recurrence"),
)
CASTS = {"scope_path": "::text", "location": "::bytea"}


def is_changed(column: str, cast: str) -> str:
    return f"old.{column}{cast} is distinct from new.{column}{cast}"


def make(casts: dict[str, str]) -> None:
    """Make both triggers. A database that was restored without them gets them here."""
    changed = " or ".join(is_changed(column, casts.get(column, "")) for column in WATCHED)
    op.execute("drop trigger if exists keep_changed on incident")
    op.execute(
        "create constraint trigger keep_changed after update on incident deferrable initially deferred "
        f"for each row when ({changed}) execute function keep_incident_history()"
    )
    moved = f"{is_changed('category', '')} or {is_changed('location', casts.get('location', ''))}"
    op.execute("drop trigger if exists recur_again on incident")
    op.execute(
        "create trigger recur_again before update of category, location on incident for each row "
        f"when ({moved}) execute function count_recurrence()"
    )


def upgrade() -> None:
    make(CASTS)


def downgrade() -> None:
    make({})
