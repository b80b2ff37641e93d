"""Tables of accounts, grants, devices, sessions, tokens and the audit trail."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Recorded, Versioned


class Account(Versioned, Base):
    """An account with which one person signs in, or a service account with which a program calls the API.

    Attributes:
        kind: `person`, or a code of `service_accounts.KINDS`.
        password_hash: Null for service accounts, which cannot sign in.
        permissions: Permissions to which a service account is restricted; null for persons.
        purpose: What a service account is for.
        permission_epoch: Counter that increases with each change of grants, password or devices. Caches and open event streams
            compare it to notice the change.
    """

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("kind in ('person', 'system', 'sensor', 'portal')", name="kind"),
        CheckConstraint("(kind = 'person') = (password_hash is not null)", name="password"),
        CheckConstraint("(kind = 'person') = (permissions is null)", name="permissions"),
        Index("uq_account_username", text("lower(username)"), unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    username: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default=text("'person'"))
    password_hash: Mapped[str | None]
    permissions: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    purpose: Mapped[str | None]
    must_change_password: Mapped[bool] = mapped_column(server_default=text("false"))
    password_expires_at: Mapped[datetime | None]
    # The last time that another person set the password. `by` is None where the operator of the server did.
    password_reset_at: Mapped[datetime | None]
    password_reset_by: Mapped[UUID | None]
    disabled_at: Mapped[datetime | None]
    permission_epoch: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    created_at: Mapped[datetime]


class AccountGrant(Versioned, Base):
    """A grant: a role that an account has in an area, in a unit or in the whole installation.

    `area_id` and `unit_id` are both null for the whole installation. Grid workers and grid chiefs also have the areas of
    their responsibilities.
    """

    __tablename__ = "account_grant"
    __table_args__ = (
        CheckConstraint("num_nonnulls(area_id, unit_id) <= 1", name="one_scope"),
        Index(
            "uq_account_grant_live",
            "account_id",
            "role",
            text("coalesce(area_id, unit_id, '00000000-0000-0000-0000-000000000000'::uuid)"),
            unique=True,
            postgresql_where=text("revoked_at is null"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    role: Mapped[str]
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"), index=True)
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), index=True)
    granted_by: Mapped[UUID | None]
    granted_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[UUID | None]


class Device(Versioned, Base):
    """A phone or browser from which a person signed in to an account.

    Attributes:
        client_key: Id that the client chose for its device.
    """

    __tablename__ = "device"
    __table_args__ = (Index("uq_device_account_client_key", "account_id", "client_key", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    client_key: Mapped[str]
    registered_at: Mapped[datetime]
    last_sign_in_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[UUID | None]


class Session(Base):
    """A session: one sign-in on one device, which refresh tokens prolong.

    Attributes:
        key_thumbprint: Thumbprint of the key that must sign a proof (RFC 9449) for each refresh; null: no proof is needed.
    """

    __tablename__ = "session"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), index=True)
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    address: Mapped[str | None]
    agent: Mapped[str | None]
    key_thumbprint: Mapped[str | None]
    revoked_at: Mapped[datetime | None]
    revoke_reason: Mapped[str | None]


class RefreshToken(Base):
    """A refresh token of a session, stored as a hash. A client may use the token once.

    Attributes:
        repeated_at, repeated_address, repeated_agent: Instant, address and program of the latest repeated use.
        refused_at: Instant at which the token was sent without a proof of the session's key.
    """

    __tablename__ = "refresh_token"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("session.id"), index=True)
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_address: Mapped[str | None]
    used_agent: Mapped[str | None]
    repeated_at: Mapped[datetime | None]
    repeated_address: Mapped[str | None]
    repeated_agent: Mapped[str | None]
    refused_at: Mapped[datetime | None]


class UsedProof(Base):
    """A proof of possession (RFC 9449) that a session has used.

    The row prevents that the proof is accepted twice. A job deletes the row after the proof has expired.
    """

    __tablename__ = "used_proof"

    session_id: Mapped[UUID] = mapped_column(ForeignKey("session.id"), primary_key=True)
    id_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    used_at: Mapped[datetime]


class AccessToken(Base):
    """A long-lived access token of a program, stored as a hash.

    Attributes:
        scopes: Permissions of the token. The account must hold them, too.
    """

    __tablename__ = "access_token"
    __table_args__ = (
        CheckConstraint("kind in ('ingest', 'personal')", name="kind"),
        Index("uq_access_token_token_hash", "token_hash", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    kind: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    label: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[UUID | None]
    revoke_reason: Mapped[str | None]


class ServiceCredential(Base):
    """A credential of a service account: an API key, a client secret or a public key.

    Attributes:
        secret_hash: Hash of the API key or client secret; null for a public key.
        public_key: JSON Web Key (RFC 7517) with which assertions of the client are verified.
        replaced_by: The credential that rotation made in place of this one.
    """

    __tablename__ = "service_credential"
    __table_args__ = (
        CheckConstraint("form in ('api_key', 'client_secret', 'public_key')", name="form"),
        CheckConstraint("(form = 'public_key') = (secret_hash is null)", name="secret"),
        CheckConstraint("(form = 'public_key') = (public_key is not null)", name="public_key"),
        Index("uq_service_credential_secret_hash", "secret_hash", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    form: Mapped[str]
    label: Mapped[str]
    secret_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    public_key: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    replaced_by: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[UUID | None]


class UsedAssertion(Base):
    """A signed assertion (RFC 7523) that a client has used.

    The row prevents that the assertion is accepted twice. A job deletes the row after the assertion has expired.
    """

    __tablename__ = "used_assertion"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    id_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class StreamTicket(Base):
    """A one-time ticket that opens an event stream of a session without Authorization header."""

    __tablename__ = "stream_ticket"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("session.id"), index=True)
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    access_ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInAttempt(Base):
    """A failed sign-in, which counts towards the limits of failures.

    A job deletes the row after a day.
    """

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        Index("ix_sign_in_attempt_username_at", "username", "at"),
        Index("ix_sign_in_attempt_address_at", "address", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    username: Mapped[str]
    address: Mapped[str]
    device_key: Mapped[str | None]
    at: Mapped[datetime]


class AuditEvent(Recorded, Base):
    """A row of the audit trail: an act of an actor on an entity, and the purpose of the act.

    Rows are inserted and never changed.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_entity_entity_id", "entity", "entity_id"),
        Index("ix_audit_event_actor_id_occurred_at", "actor_id", "occurred_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    occurred_at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID]
    device_id: Mapped[UUID | None]
    action: Mapped[str]
    entity: Mapped[str]
    entity_id: Mapped[UUID | None]
    purpose: Mapped[str | None]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
