"""Table of /ogc: counted changes of each layer in each cell of the map.

The version of a tile is computed from them.
"""

from sqlalchemy import BigInteger, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class TileChange(Base):
    """A number of changes (`n`) of a layer in a cell.

    A cell is a tile of zoom 14 with column `x` and row `y`; both are -1 for changes of the whole layer. Only triggers insert
    rows. The sum of `n` over the cells of a map tile is the version of the data in this tile.
    """

    __tablename__ = "tile_change"
    __table_args__ = (Index("ix_tile_change_layer_x_y", "layer", "x", "y", postgresql_include=["n"]),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    layer: Mapped[str]
    x: Mapped[int]
    y: Mapped[int]
    n: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
