"""The command `gridward basemap`."""

import sys
from pathlib import Path
from typing import Any

import click

from app.basemap.rules.schema import Bounds

EXIT_REFUSED = 2


@click.group("basemap")
def basemap() -> None:
    """Make the base map of a city."""


class _Box(click.ParamType):
    """West, south, east and north in degrees, separated by commas."""

    name = "W,S,E,N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Bounds:
        try:
            west, south, east, north = (float(part) for part in str(value).split(","))
        except ValueError:
            self.fail("four numbers are needed, such as 120.05,30.2,120.25,30.35", param, ctx)
        if not (-180 <= west < east <= 180 and -85 <= south < north <= 85):
            self.fail("west is less than east, and south less than north, in degrees", param, ctx)
        return west, south, east, north


@basemap.command("import")
@click.argument("extract", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--bbox", "bounds", type=_Box(), help="Area of the map (default: the area that the file names)")
@click.option(
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write, for GRIDWARD_BASE_MAP; ends with .pmtiles",
)
@click.option("--name", help="Name of the map (default: the name of the extract)")
def import_map(extract: Path, bounds: Bounds | None, output: Path, name: str | None) -> None:
    """Make a base map of EXTRACT, a file of OpenStreetMap (.osm.pbf or .osm).

    The database is not used. Exit status 0: written; 2: the extract was refused, and nothing was written.
    """
    from tqdm import tqdm

    from app.basemap.service.osm_import import ExtractRefused, import_extract

    if output.suffix != ".pmtiles":
        raise click.BadParameter("the name ends with .pmtiles", param_hint="--output")
    if not output.parent.is_dir():
        raise click.BadParameter(f"there is no folder {output.parent}", param_hint="--output")
    options: dict[str, Any] = {"disable": None, "file": sys.stderr, "leave": False}
    try:
        with (
            tqdm(desc="Reading", unit=" objects", **options) as reading,
            tqdm(desc="Drawing", unit=" tiles", total=1, **options) as drawing,
        ):

            def on_read(count: int) -> None:
                reading.update(count)

            def on_tiles(done: int, total: int) -> None:
                drawing.total = total
                drawing.update(done - drawing.n)

            packed = import_extract(
                extract,
                output,
                name=name or extract.name.split(".")[0],
                bounds=bounds,
                on_read=on_read,
                on_tiles=on_tiles,
            )
    except ExtractRefused as refused:
        click.echo(f"Error: {refused}", err=True)
        sys.exit(EXIT_REFUSED)
    west, south, east, north = packed.bounds
    click.echo(
        f"{output}: {packed.tiles} tiles, {packed.bytes / 1000:,.0f} kB, {packed.features:,} features,"
        f" {west:.4f},{south:.4f},{east:.4f},{north:.4f}"
    )
    click.echo(
        "Data © OpenStreetMap contributors, ODbL 1.0: the map shows it. Share this file under the same licence."
    )
