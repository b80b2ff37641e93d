"""Base class of all models: column types that SQLAlchemy lacks, names of constraints, and common columns."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, MetaData, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

# EPSG code of every stored geometry: WGS 84.
SRID = 4326


class Xid8(UserDefinedType[int]):
    """Column type of a 64-bit transaction id of PostgreSQL."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


class Ltree(UserDefinedType[str]):
    """Column type of a path of labels (extension ltree)."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "ltree"


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy's own protocol)
        datetime: DateTime(timezone=True),
        str: Text,
        dict: JSONB,
        dict[str, Any]: JSONB,
        dict[str, str]: JSONB,
        list[Any]: JSONB,
    }


class Versioned:
    """Columns of every mutable table.

    These are a version, which a trigger increments, and `deleted_at`: a row is not deleted but gets this instant (tombstone).
    """

    version: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    deleted_at: Mapped[datetime | None]


class Recorded:
    """Columns of every history table: the instant of recording and the transaction id."""

    recorded_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    xid: Mapped[int] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))
