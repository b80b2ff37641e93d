"""Tables of /ogc: counted changes of each layer, and numbers of cases, in each cell of the map.

The version of a tile is computed from the changes, the sums of a tile of cases from the numbers.
"""

from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Ltree


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


class TileCaseCount(Base):
    """A number of cases (`n`) in a cell of the map, by what decides who sees them.

    A cell is a tile of zoom 17 with column `x` and row `y`. Only triggers insert rows, with negative numbers for cases that
    disappear; the sum of the rows is the number of cases. Cases about a person or unit are not counted.

    Attributes:
        profile_version_id: Of confidential cases and of cases without a profile. All others have the id 0, and an empty
            `category`.
        lon: Sum of the longitudes, in 1e-9 degrees. `lat`: sum of the latitudes.
        is_folded: The row is a sum that the job made. The job reads it again when the cell gets another row.
    """

    __tablename__ = "tile_case_count"
    __table_args__ = (
        Index("ix_tile_case_count_x_y", "x", "y"),
        Index("ix_tile_case_count_unfolded", "id", postgresql_where=text("not is_folded")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    x: Mapped[int]
    y: Mapped[int]
    scope_path: Mapped[str | None] = mapped_column(Ltree)
    profile_version_id: Mapped[UUID | None]
    category: Mapped[str]
    n: Mapped[int] = mapped_column(BigInteger)
    lon: Mapped[int] = mapped_column(BigInteger)
    lat: Mapped[int] = mapped_column(BigInteger)
    is_folded: Mapped[bool] = mapped_column(server_default=text("false"))
