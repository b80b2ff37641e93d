"""Table of /ogc: counted changes by cell, from which tiles get their version."""

from sqlalchemy import BigInteger, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class TileChange(Base):
    """`n` changes of a layer in a cell, a tile of zoom 14; x and y are -1 for changes of the whole layer.

    Written by triggers only. The sum over cells is the version of what lies there.
    """

    __tablename__ = "tile_change"
    __table_args__ = (Index("ix_tile_change_layer_x_y", "layer", "x", "y", postgresql_include=["n"]),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    layer: Mapped[str]
    x: Mapped[int]
    y: Mapped[int]
    n: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
