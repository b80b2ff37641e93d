"""Tables of named places and of the pinyin of characters. Triggers of other tables write the places."""

from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import SRID, Base, Ltree
from app.places.rules import STORED_KINDS


class Syllable(Base):
    """The pinyin of a Chinese character, or of a word of two that is read otherwise than its characters."""

    __tablename__ = "syllable"

    hanzi: Mapped[str] = mapped_column(primary_key=True)
    pinyin: Mapped[list[str]] = mapped_column(ARRAY(Text))


class NamedPlace(Base):
    """A named place: a street, compound or numbered building within one area, a landmark, or an area.

    Attributes:
        street: Name of the street of an address, which people read who may not read the number.
        group_id: The street or compound of an address.
        number: The address without the name of its street or compound, such as `12号3幢`.
        words: What a search compares: name, pinyin, initials. Empty for an address.
        source_count: Premises or areas that have this place now. 0: the place exists no more.
    """

    __tablename__ = "named_place"
    __table_args__ = (
        CheckConstraint(f"kind in ({','.join(repr(kind) for kind in STORED_KINDS)})", name="kind"),
        Index("ix_named_place_jurisdiction_id", "jurisdiction_id"),
        Index("ix_named_place_grid_id", "grid_id"),
        Index(
            "ix_named_place_location",
            "location",
            postgresql_using="gist",
            postgresql_where=text("kind in ('address','landmark') and source_count > 0"),
        ),
        Index(
            "ix_named_place_public_location",
            "location",
            postgresql_using="gist",
            postgresql_where=text("(kind = 'landmark' or street is not null) and source_count > 0"),
        ),
        Index(
            "ix_named_place_words",
            text("letter_pairs(words, null)"),
            postgresql_using="gin",
            postgresql_with={"fastupdate": False},
            postgresql_where=text("kind <> 'address' and source_count > 0"),
        ),
        Index(
            "ix_named_place_group_id_number",
            "group_id",
            "number",
            postgresql_ops={"number": "text_pattern_ops"},
            postgresql_where=text("kind = 'address' and source_count > 0"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.id"))
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"))
    scope_path: Mapped[str | None] = mapped_column(Ltree)
    kind: Mapped[str]
    name: Mapped[dict[str, Any]] = mapped_column(JSONB)
    street: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    group_id: Mapped[UUID | None]
    number: Mapped[str | None]
    words: Mapped[str]
    location: Mapped[Any] = mapped_column(Geometry("POINT", SRID, spatial_index=False))
    source_count: Mapped[int] = mapped_column(Integer)
