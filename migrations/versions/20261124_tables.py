"""Tables of all domains of the spine."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql


class Xid8(sa.types.UserDefinedType):
    def get_col_spec(self, **_):
        return "xid8"


class Ltree(sa.types.UserDefinedType):
    def get_col_spec(self, **_):
        return "ltree"


revision = "0002_tables"
down_revision = "0001_platform"


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("case_number")))
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("password_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("permission_epoch", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
    )
    op.create_index("uq_account_username", "account", [sa.literal_column("lower(username)")], unique=True)
    op.create_table(
        "applied_op",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("principal", "key", name=op.f("pk_applied_op")),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column(
            "detail",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    op.create_index(
        "ix_audit_event_actor_id_occurred_at", "audit_event", ["actor_id", "occurred_at"], unique=False
    )
    op.create_index("ix_audit_event_entity_entity_id", "audit_event", ["entity", "entity_id"], unique=False)
    op.create_table(
        "change_log",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("op", sa.Text(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("op in ('P','R')", name=op.f("ck_change_log_op")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_change_log")),
    )
    op.create_index("ix_change_log_bucket_xid_seq", "change_log", ["bucket", "xid", "seq"], unique=False)
    op.create_table(
        "dispatch_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("profile_version_id", sa.Uuid(), nullable=False),
        sa.Column("weights_version", sa.Text(), nullable=False),
        sa.Column("demand", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("candidates", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=True),
        sa.Column("worker_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch_run")),
    )
    op.create_index("ix_dispatch_run_incident_id_at", "dispatch_run", ["incident_id", "at"], unique=False)
    op.create_table(
        "fact_history",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("row", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_fact_history")),
    )
    op.create_index(
        "ix_fact_history_entity_row_id_version", "fact_history", ["entity", "row_id", "version"], unique=False
    )
    op.create_table(
        "jurisdiction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("root_unit_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jurisdiction")),
        sa.UniqueConstraint("code", name=op.f("uq_jurisdiction_code")),
    )
    op.create_index(op.f("ix_jurisdiction_root_unit_id"), "jurisdiction", ["root_unit_id"], unique=False)
    op.create_geospatial_table(
        "position",
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("speed_mps", sa.Double(), nullable=True),
        sa.Column("heading_deg", sa.Double(), nullable=True),
        sa.Column("battery_pct", sa.Double(), nullable=True),
        sa.Column("is_mock", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_coarse", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("worker_id", "at", name=op.f("pk_position")),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index("ix_position_at", "position", ["at"], unique=False, postgresql_using="brin")
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    op.create_index("ix_sign_in_attempt_address_at", "sign_in_attempt", ["address", "at"], unique=False)
    op.create_index("ix_sign_in_attempt_username_at", "sign_in_attempt", ["username", "at"], unique=False)
    op.create_table(
        "sync_epoch",
        sa.Column("only_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("only_row", name=op.f("ck_sync_epoch_only_row")),
        sa.PrimaryKeyConstraint("only_row", name=op.f("pk_sync_epoch")),
    )
    op.create_table(
        "area",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.id"], name=op.f("fk_area_jurisdiction_id_jurisdiction")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
    )
    op.create_index(op.f("ix_area_jurisdiction_id"), "area", ["jurisdiction_id"], unique=False)
    op.create_table(
        "device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("client_key", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_sign_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_device_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
    )
    op.create_index("uq_device_account_client_key", "device", ["account_id", "client_key"], unique=True)
    op.create_table(
        "profile_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("in_force_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"],
            ["jurisdiction.id"],
            name=op.f("fk_profile_version_jurisdiction_id_jurisdiction"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_version")),
        sa.UniqueConstraint(
            "jurisdiction_id", "number", name=op.f("uq_profile_version_jurisdiction_id_number")
        ),
    )
    op.create_table(
        "reporter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("may_be_shown_to_handlers", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind in ('worker','account','resident','anonymous')", name=op.f("ck_reporter_kind")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_reporter_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reporter")),
    )
    op.create_index(op.f("ix_reporter_account_id"), "reporter", ["account_id"], unique=False)
    op.create_table(
        "worker",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("skills", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("capacity between 0 and 100", name=op.f("ck_worker_capacity")),
        sa.ForeignKeyConstraint(["id"], ["account.id"], name=op.f("fk_worker_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
    )
    op.create_geospatial_table(
        "area_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("path", Ltree(), nullable=False),
        sa.Column("valid", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("area_id"), "="),
            (sa.column("valid"), "&&"),
            using="gist",
            name="ex_area_version_area_valid",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("jurisdiction_id"), "="),
            (sa.column("code"), "="),
            (sa.column("valid"), "&&"),
            using="gist",
            name="ex_area_version_code_valid",
        ),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_area_version_area_id_area")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"],
            ["jurisdiction.id"],
            name=op.f("fk_area_version_jurisdiction_id_jurisdiction"),
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["area.id"], name=op.f("fk_area_version_parent_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_version")),
    )
    op.create_index("ix_area_version_area_id", "area_version", ["area_id"], unique=False)
    op.create_index(
        "uq_area_version_current",
        "area_version",
        ["area_id"],
        unique=True,
        postgresql_where=sa.text("upper_inf(valid)"),
    )
    op.create_index("ix_area_version_code", "area_version", ["code"], unique=False)
    op.create_geospatial_index(
        "ix_area_version_geom",
        "area_version",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_where=sa.text("upper_inf(valid)"),
        postgresql_ops={},
    )
    op.create_index(op.f("ix_area_version_parent_id"), "area_version", ["parent_id"], unique=False)
    op.create_index(
        "ix_area_version_path",
        "area_version",
        ["path"],
        unique=False,
        postgresql_using="gist",
        postgresql_where=sa.text("upper_inf(valid)"),
    )
    op.create_table(
        "duty",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("worker_id"), "="),
            (sa.column("during"), "&&"),
            using="gist",
            name="ex_duty_worker_during",
        ),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name=op.f("fk_duty_worker_id_worker")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
    )
    op.create_geospatial_table(
        "household",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("scope_path", Ltree(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column(
            "location",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("is_generated", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["grid_id"], ["area.id"], name=op.f("fk_household_grid_id_area")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.id"], name=op.f("fk_household_jurisdiction_id_jurisdiction")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
    )
    op.create_index("ix_household_grid_id_id", "household", ["grid_id", "id"], unique=False)
    op.create_index(op.f("ix_household_jurisdiction_id"), "household", ["jurisdiction_id"], unique=False)
    op.create_geospatial_index(
        "ix_household_location",
        "household",
        ["location"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        "ix_household_scope_path", "household", ["scope_path"], unique=False, postgresql_using="gist"
    )
    op.create_table(
        "responsibility",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("worker_id"), "="),
            (sa.column("area_id"), "="),
            (sa.column("role"), "="),
            (sa.column("valid"), "&&"),
            using="gist",
            name="ex_responsibility_worker_area_role",
        ),
        sa.CheckConstraint("role in ('worker','chief','substitute')", name=op.f("ck_responsibility_role")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_responsibility_area_id_area")),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["worker.id"], name=op.f("fk_responsibility_worker_id_worker")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responsibility")),
    )
    op.create_index("ix_responsibility_area_id", "responsibility", ["area_id"], unique=False)
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoke_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_session_account_id_account")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_session_device_id_device")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_account_id"), "session", ["account_id"], unique=False)
    op.create_index(op.f("ix_session_device_id"), "session", ["device_id"], unique=False)
    op.create_table(
        "shift",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("worker_id"), "="),
            (sa.column("during"), "&&"),
            where=sa.text("deleted_at is null"),
            using="gist",
            name="ex_shift_worker_during",
        ),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name=op.f("fk_shift_worker_id_worker")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_unit_area_id_area")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.id"], name=op.f("fk_unit_jurisdiction_id_jurisdiction")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("jurisdiction_id", "code", name=op.f("uq_unit_jurisdiction_id_code")),
    )
    op.create_index(op.f("ix_unit_area_id"), "unit", ["area_id"], unique=False)
    op.create_table(
        "worker_load",
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("open_work", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("open_work >= 0", name=op.f("ck_worker_load_open_work")),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name=op.f("fk_worker_load_worker_id_worker")),
        sa.PrimaryKeyConstraint("worker_id", name=op.f("pk_worker_load")),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_geospatial_table(
        "worker_position",
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["worker.id"], name=op.f("fk_worker_position_worker_id_worker")
        ),
        sa.PrimaryKeyConstraint("worker_id", name=op.f("pk_worker_position")),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_geospatial_index(
        "ix_worker_position_geom",
        "worker_position",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "account_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("granted_by", sa.Uuid(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("num_nonnulls(area_id, unit_id) <= 1", name=op.f("ck_account_grant_one_scope")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_grant_account_id_account")
        ),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_account_grant_area_id_area")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_account_grant_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_grant")),
    )
    op.create_index(op.f("ix_account_grant_area_id"), "account_grant", ["area_id"], unique=False)
    op.create_index(op.f("ix_account_grant_unit_id"), "account_grant", ["unit_id"], unique=False)
    op.create_index(
        "uq_account_grant_live",
        "account_grant",
        [
            "account_id",
            "role",
            sa.literal_column("coalesce(area_id, unit_id, '00000000-0000-0000-0000-000000000000'::uuid)"),
        ],
        unique=True,
        postgresql_where=sa.text("revoked_at is null"),
    )
    op.create_geospatial_table(
        "incident",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=True),
        sa.Column("profile_version_id", sa.Uuid(), nullable=True),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("scope_path", Ltree(), nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column(
            "location",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("owner_unit_id", sa.Uuid(), nullable=True),
        sa.Column("reported_by", sa.Uuid(), nullable=True),
        sa.Column("handled_by", sa.Uuid(), nullable=True),
        sa.Column("about_kind", sa.Text(), nullable=True),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("rework_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("urged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waiting_reason", sa.Text(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_incident_area_id_area")),
        sa.ForeignKeyConstraint(["grid_id"], ["area.id"], name=op.f("fk_incident_grid_id_area")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.id"], name=op.f("fk_incident_jurisdiction_id_jurisdiction")
        ),
        sa.ForeignKeyConstraint(["owner_unit_id"], ["unit.id"], name=op.f("fk_incident_owner_unit_id_unit")),
        sa.ForeignKeyConstraint(
            ["profile_version_id"],
            ["profile_version.id"],
            name=op.f("fk_incident_profile_version_id_profile_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("case_no", name=op.f("uq_incident_case_no")),
    )
    op.create_index(op.f("ix_incident_area_id"), "incident", ["area_id"], unique=False)
    op.create_index("ix_incident_grid_id", "incident", ["grid_id"], unique=False)
    op.create_index(op.f("ix_incident_jurisdiction_id"), "incident", ["jurisdiction_id"], unique=False)
    op.create_geospatial_index(
        "ix_incident_location",
        "incident",
        ["location"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index("ix_incident_reported_at_id", "incident", ["reported_at", "id"], unique=False)
    op.create_index("ix_incident_owner_unit_id", "incident", ["owner_unit_id"], unique=False)
    op.create_index(op.f("ix_incident_profile_version_id"), "incident", ["profile_version_id"], unique=False)
    op.create_index("ix_incident_reported_by", "incident", ["reported_by"], unique=False)
    op.create_index(
        "ix_incident_scope_path", "incident", ["scope_path"], unique=False, postgresql_using="gist"
    )
    op.create_index("ix_incident_status_due_at", "incident", ["status", "due_at"], unique=False)
    op.create_index("ix_incident_updated_at_id", "incident", ["updated_at", "id"], unique=False)
    op.create_index(
        "ix_incident_waiting",
        "incident",
        ["waiting_since"],
        unique=False,
        postgresql_where=sa.text("waiting_since is not null"),
    )
    op.create_table(
        "refresh_token",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_refresh_token_session_id_session")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_refresh_token")),
    )
    op.create_index(op.f("ix_refresh_token_session_id"), "refresh_token", ["session_id"], unique=False)
    op.create_table(
        "unit_competence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("category_prefix", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_unit_competence_area_id_area")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_competence_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_competence")),
    )
    op.create_index(op.f("ix_unit_competence_area_id"), "unit_competence", ["area_id"], unique=False)
    op.create_index(op.f("ix_unit_competence_unit_id"), "unit_competence", ["unit_id"], unique=False)
    op.create_table(
        "assignment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role in ('handle','check')", name=op.f("ck_assignment_role")),
        sa.CheckConstraint(
            "state in ('offered','queued','accepted','done','withdrawn','failed')",
            name=op.f("ck_assignment_state"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_assignment_account_id_account")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_assignment_unit_id_unit")),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name=op.f("fk_assignment_worker_id_worker")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    op.create_index("ix_assignment_account_id", "assignment", ["account_id"], unique=False)
    op.create_index("ix_assignment_incident_id", "assignment", ["incident_id"], unique=False)
    op.create_index(
        "ix_assignment_unit_id_queued",
        "assignment",
        ["unit_id"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index("ix_assignment_worker_id", "assignment", ["worker_id"], unique=False)
    op.create_index(
        "uq_assignment_active",
        "assignment",
        ["incident_id", "role"],
        unique=True,
        postgresql_where=sa.text("state in ('offered','queued','accepted')"),
    )
    op.create_table(
        "deadline",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("amount", sa.Double(), nullable=False),
        sa.Column("profile_version_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("running_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("spent", sa.Interval(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_deadline_incident_id_incident")
        ),
        sa.ForeignKeyConstraint(
            ["profile_version_id"],
            ["profile_version.id"],
            name=op.f("fk_deadline_profile_version_id_profile_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline")),
    )
    op.create_index(
        "ix_deadline_due_at_running",
        "deadline",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("stopped_at is null and paused_at is null"),
    )
    op.create_index("ix_deadline_incident_id", "deadline", ["incident_id"], unique=False)
    op.create_index(op.f("ix_deadline_profile_version_id"), "deadline", ["profile_version_id"], unique=False)
    op.create_table(
        "incident_event",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("from_status", sa.Text(), nullable=True),
        sa.Column("to_status", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "detail",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_incident_event_incident_id_incident")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_incident_event")),
    )
    op.create_index(
        "ix_incident_event_incident_id_seq", "incident_event", ["incident_id", "seq"], unique=False
    )
    op.create_geospatial_table(
        "report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("reporter_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("lon_sent", sa.Double(), nullable=False),
        sa.Column("lat_sent", sa.Double(), nullable=False),
        sa.Column("coord_sys", sa.Text(), nullable=False),
        sa.Column(
            "location",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column(
            "attributes",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_report_incident_id_incident")
        ),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["reporter.id"], name=op.f("fk_report_reporter_id_reporter")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
    )
    op.create_index(op.f("ix_report_incident_id"), "report", ["incident_id"], unique=False)
    op.create_index(op.f("ix_report_reporter_id"), "report", ["reporter_id"], unique=False)
    op.create_table(
        "offer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("ring", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('offered','accepted','declined','expired','withdrawn')", name=op.f("ck_offer_state")
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_offer_assignment_id_assignment")
        ),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name=op.f("fk_offer_worker_id_worker")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
    )
    op.create_index(
        "ix_offer_expires_at_live",
        "offer",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'offered'"),
    )
    op.create_index("ix_offer_incident_id", "offer", ["incident_id"], unique=False)
    op.create_index("ix_offer_worker_id", "offer", ["worker_id"], unique=False)
    op.create_index(
        "uq_offer_live",
        "offer",
        ["assignment_id"],
        unique=True,
        postgresql_where=sa.text("state = 'offered'"),
    )
    op.create_foreign_key(
        "fk_jurisdiction_root_unit_id_unit", "jurisdiction", "unit", ["root_unit_id"], ["id"]
    )


def downgrade() -> None:
    op.drop_constraint("fk_jurisdiction_root_unit_id_unit", "jurisdiction")
    op.drop_index("uq_offer_live", table_name="offer", postgresql_where=sa.text("state = 'offered'"))
    op.drop_index("ix_offer_worker_id", table_name="offer")
    op.drop_index("ix_offer_incident_id", table_name="offer")
    op.drop_index(
        "ix_offer_expires_at_live", table_name="offer", postgresql_where=sa.text("state = 'offered'")
    )
    op.drop_table("offer")
    op.drop_index(op.f("ix_report_reporter_id"), table_name="report")
    op.drop_index(op.f("ix_report_incident_id"), table_name="report")
    op.drop_geospatial_table("report")
    op.drop_index("ix_incident_event_incident_id_seq", table_name="incident_event")
    op.drop_table("incident_event")
    op.drop_index(op.f("ix_deadline_profile_version_id"), table_name="deadline")
    op.drop_index("ix_deadline_incident_id", table_name="deadline")
    op.drop_index(
        "ix_deadline_due_at_running",
        table_name="deadline",
        postgresql_where=sa.text("stopped_at is null and paused_at is null"),
    )
    op.drop_table("deadline")
    op.drop_index(
        "uq_assignment_active",
        table_name="assignment",
        postgresql_where=sa.text("state in ('offered','queued','accepted')"),
    )
    op.drop_index("ix_assignment_worker_id", table_name="assignment")
    op.drop_index(
        "ix_assignment_unit_id_queued", table_name="assignment", postgresql_where=sa.text("state = 'queued'")
    )
    op.drop_index("ix_assignment_incident_id", table_name="assignment")
    op.drop_index("ix_assignment_account_id", table_name="assignment")
    op.drop_table("assignment")
    op.drop_index(op.f("ix_unit_competence_unit_id"), table_name="unit_competence")
    op.drop_index(op.f("ix_unit_competence_area_id"), table_name="unit_competence")
    op.drop_table("unit_competence")
    op.drop_index(op.f("ix_refresh_token_session_id"), table_name="refresh_token")
    op.drop_table("refresh_token")
    op.drop_index(
        "ix_incident_waiting", table_name="incident", postgresql_where=sa.text("waiting_since is not null")
    )
    op.drop_index("ix_incident_updated_at_id", table_name="incident")
    op.drop_index("ix_incident_status_due_at", table_name="incident")
    op.drop_index("ix_incident_scope_path", table_name="incident", postgresql_using="gist")
    op.drop_index("ix_incident_reported_by", table_name="incident")
    op.drop_index(op.f("ix_incident_profile_version_id"), table_name="incident")
    op.drop_index("ix_incident_owner_unit_id", table_name="incident")
    op.drop_geospatial_index(
        "ix_incident_location", table_name="incident", postgresql_using="gist", column_name="location"
    )
    op.drop_index(op.f("ix_incident_jurisdiction_id"), table_name="incident")
    op.drop_index("ix_incident_grid_id", table_name="incident")
    op.drop_index(op.f("ix_incident_area_id"), table_name="incident")
    op.drop_geospatial_table("incident")
    op.drop_index(
        "uq_account_grant_live", table_name="account_grant", postgresql_where=sa.text("revoked_at is null")
    )
    op.drop_index(op.f("ix_account_grant_unit_id"), table_name="account_grant")
    op.drop_index(op.f("ix_account_grant_area_id"), table_name="account_grant")
    op.drop_table("account_grant")
    op.drop_geospatial_index(
        "ix_worker_position_geom", table_name="worker_position", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("worker_position")
    op.drop_table("worker_load")
    op.drop_index(op.f("ix_unit_area_id"), table_name="unit")
    op.drop_table("unit")
    op.drop_table("shift")
    op.drop_index(op.f("ix_session_device_id"), table_name="session")
    op.drop_index(op.f("ix_session_account_id"), table_name="session")
    op.drop_table("session")
    op.drop_index("ix_responsibility_area_id", table_name="responsibility")
    op.drop_table("responsibility")
    op.drop_index("ix_household_scope_path", table_name="household", postgresql_using="gist")
    op.drop_geospatial_index(
        "ix_household_location", table_name="household", postgresql_using="gist", column_name="location"
    )
    op.drop_index(op.f("ix_household_jurisdiction_id"), table_name="household")
    op.drop_index("ix_household_grid_id_id", table_name="household")
    op.drop_geospatial_table("household")
    op.drop_table("duty")
    op.drop_index(
        "ix_area_version_path",
        table_name="area_version",
        postgresql_using="gist",
        postgresql_where=sa.text("upper_inf(valid)"),
    )
    op.drop_index(op.f("ix_area_version_parent_id"), table_name="area_version")
    op.drop_geospatial_index(
        "ix_area_version_geom",
        table_name="area_version",
        postgresql_using="gist",
        postgresql_where=sa.text("upper_inf(valid)"),
        column_name="geom",
    )
    op.drop_index("ix_area_version_code", table_name="area_version")
    op.drop_index(
        "ix_area_version_area_id", table_name="area_version", postgresql_where=sa.text("upper_inf(valid)")
    )
    op.drop_geospatial_table("area_version")
    op.drop_table("worker")
    op.drop_index(op.f("ix_reporter_account_id"), table_name="reporter")
    op.drop_table("reporter")
    op.drop_table("profile_version")
    op.drop_index("uq_device_account_client_key", table_name="device")
    op.drop_table("device")
    op.drop_index(op.f("ix_area_jurisdiction_id"), table_name="area")
    op.drop_table("area")
    op.drop_table("sync_epoch")
    op.drop_index("ix_sign_in_attempt_username_at", table_name="sign_in_attempt")
    op.drop_index("ix_sign_in_attempt_address_at", table_name="sign_in_attempt")
    op.drop_table("sign_in_attempt")
    op.drop_index("ix_position_at", table_name="position", postgresql_using="brin")
    op.drop_geospatial_table("position")
    op.drop_index(op.f("ix_jurisdiction_root_unit_id"), table_name="jurisdiction")
    op.drop_table("jurisdiction")
    op.drop_index("ix_fact_history_entity_row_id_version", table_name="fact_history")
    op.drop_table("fact_history")
    op.drop_index("ix_dispatch_run_incident_id_at", table_name="dispatch_run")
    op.drop_table("dispatch_run")
    op.drop_index("ix_change_log_bucket_xid_seq", table_name="change_log")
    op.drop_table("change_log")
    op.drop_index("ix_audit_event_entity_entity_id", table_name="audit_event")
    op.drop_index("ix_audit_event_actor_id_occurred_at", table_name="audit_event")
    op.drop_table("audit_event")
    op.drop_table("applied_op")
    op.drop_index("uq_account_username", table_name="account")
    op.drop_table("account")
    op.execute(sa.schema.DropSequence(sa.Sequence("case_number")))
