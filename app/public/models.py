"""Tables of the public door: how a report came, secret links, releases, photos with black boxes, ratings."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import SRID, Base


class PublicReport(Base):
    """The way of a report of a person without an account: caller, channel, language.

    Attributes:
        incident_id: The case of the report.
        caller_id: Account through which the report came: that of the pages, or of a system.
        client_id: Key of the caller that makes the report idempotent.
        body_digest: SHA-256 of the report as sent, to compare a repetition.
        source_digest: Keyed digest of the network address. Erased after two days.
        cell: `public_cell` of the place.
    """

    __tablename__ = "public_report"
    __table_args__ = (
        CheckConstraint("channel in ('page','open311')", name="channel"),
        CheckConstraint("language in ('zh','en')", name="language"),
        Index(
            "uq_public_report_caller_id_client_id",
            "caller_id",
            "client_id",
            unique=True,
            postgresql_where=text("client_id is not null"),
        ),
        Index(
            "ix_public_report_source_digest",
            "source_digest",
            "received_at",
            postgresql_where=text("source_digest is not null"),
        ),
        Index("ix_public_report_cell", "cell", postgresql_using="gist"),
    )

    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"), primary_key=True)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"), index=True)
    caller_id: Mapped[UUID]
    client_id: Mapped[str | None]
    body_digest: Mapped[bytes] = mapped_column(LargeBinary)
    channel: Mapped[str]
    language: Mapped[str]
    source_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    cell: Mapped[Any] = mapped_column(Geometry("POINT", SRID, spatial_index=False))
    received_at: Mapped[datetime]


class FollowLink(Base):
    """A secret link with which a reporter follows a case. Only a digest of the secret is stored."""

    __tablename__ = "follow_link"
    __table_args__ = (Index("uq_follow_link_secret_digest", "secret_digest", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("public_report.report_id"), index=True)
    secret_digest: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    last_used_on: Mapped[date | None]
    revoked_at: Mapped[datetime | None]


class PublicRelease(Base):
    """The present decision of a person about a case on the public pages.

    Attributes:
        words: The released words; they may differ from those of the report. None: none are released.
        photo_ids: Ids of the released photos.
        hidden_at: The case is not shown to the public.
    """

    __tablename__ = "public_release"
    __table_args__ = (CheckConstraint("(words is null) = (words_at is null)", name="words"),)

    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"), primary_key=True)
    words: Mapped[str | None]
    words_by: Mapped[UUID | None]
    words_at: Mapped[datetime | None]
    photo_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'::uuid[]"))
    hidden_at: Mapped[datetime | None]
    hidden_by: Mapped[UUID | None]
    updated_at: Mapped[datetime]


class PhotoRedaction(Base):
    """The copy of a photo with black boxes, which the public sees in place of the photo.

    Attributes:
        boxes: Left, top, width and height of each, as shares of the width and height of the photo.
        copy_id: Id of the copy in the store. None: there are no boxes.
    """

    __tablename__ = "photo_redaction"
    __table_args__ = (CheckConstraint("(copy_id is null) = (boxes = '[]'::jsonb)", name="copy"),)

    media_id: Mapped[UUID] = mapped_column(ForeignKey("media.id"), primary_key=True)
    boxes: Mapped[list[Any]] = mapped_column(JSONB)
    copy_id: Mapped[UUID | None]
    made_by: Mapped[UUID]
    made_at: Mapped[datetime]


class PublicRating(Base):
    """The rating of one end of a case by a reporter: solved or not, how, in words."""

    __tablename__ = "public_rating"
    __table_args__ = (
        CheckConstraint("solved in ('yes','partly','no')", name="solved"),
        CheckConstraint("score between 1 and 5", name="score"),
    )

    report_id: Mapped[UUID] = mapped_column(ForeignKey("public_report.report_id"), primary_key=True)
    ended_at: Mapped[datetime] = mapped_column(primary_key=True)
    solved: Mapped[str]
    score: Mapped[int | None]
    words: Mapped[str] = mapped_column(Text, server_default=text("''"))
    rated_at: Mapped[datetime]


class FollowContact(Base):
    """An address at which the reporter of a report wants to be told of the case.

    Attributes:
        address: E-mail address or telephone number (E.164). Erased at the end.
        address_digest, source_digest: Keyed digests of the address and of the network address, for limits. The second one is
            erased after two days.
        confirm_digest, stop_digest: Of the secrets of the links that confirm and stop.
        told_state: Code of the plain state that the person knows.
        confirmed_at: Nothing but the question whether it is wanted is sent before.
    """

    __tablename__ = "follow_contact"
    __table_args__ = (
        CheckConstraint("channel in ('email','sms')", name="channel"),
        CheckConstraint("language in ('zh','en')", name="language"),
        CheckConstraint("ended_because in ('stopped','expired','over','erased')", name="ended_because"),
        CheckConstraint(
            "(ended_at is null) = (ended_because is null) and (ended_at is null) = (address is not null)",
            name="ended",
        ),
        Index(
            "uq_follow_contact_live",
            "report_id",
            "channel",
            "address_digest",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
        Index("uq_follow_contact_confirm_digest", "confirm_digest", unique=True),
        Index("uq_follow_contact_stop_digest", "stop_digest", unique=True),
        Index("ix_follow_contact_address_digest", "address_digest", "created_at"),
        Index(
            "ix_follow_contact_source_digest",
            "source_digest",
            "created_at",
            postgresql_where=text("source_digest is not null"),
        ),
        Index("ix_follow_contact_ended_at", "ended_at", postgresql_where=text("ended_at is not null")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("public_report.report_id"))
    channel: Mapped[str]
    language: Mapped[str]
    address: Mapped[str | None]
    address_digest: Mapped[bytes] = mapped_column(LargeBinary)
    source_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    confirm_digest: Mapped[bytes] = mapped_column(LargeBinary)
    stop_digest: Mapped[bytes] = mapped_column(LargeBinary)
    told_state: Mapped[str | None]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None]


class ThingCode(Base):
    """A code that is printed and fixed to a door or a component. Whoever scans it reports about the thing.

    Attributes:
        code: 12 characters of Crockford's base 32, at random: 60 bits.
        component_id, premises_id: The thing, one of them.
    """

    __tablename__ = "thing_code"
    __table_args__ = (
        CheckConstraint("code ~ '^[0-9A-HJKMNP-TV-Z]{12}$'", name="code"),
        CheckConstraint("(component_id is null) <> (premises_id is null)", name="thing"),
        Index(
            "uq_thing_code_component_id",
            "component_id",
            unique=True,
            postgresql_where=text("revoked_at is null"),
        ),
        Index(
            "uq_thing_code_premises_id",
            "premises_id",
            unique=True,
            postgresql_where=text("revoked_at is null"),
        ),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.id"), index=True)
    component_id: Mapped[UUID | None] = mapped_column(ForeignKey("component.id"))
    premises_id: Mapped[UUID | None] = mapped_column(ForeignKey("premises.id"))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
