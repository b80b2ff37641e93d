"""How layers are drawn in QGIS: symbols, renderers and labels as its project file writes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from app.ogc.rules.looks import FONTS


@dataclass(frozen=True, slots=True)
class Look:
    """How one kind of thing is drawn. Colours as #rrggbb, sizes in millimetres; `fill` is how opaque an inside is."""

    colour: str
    size: float
    fill: float = 0.0


@dataclass(frozen=True, slots=True)
class Class:
    """One value of a property that is drawn in its own way."""

    value: str
    label: str
    look: Look


def _colour(given: str, alpha: float = 1.0) -> str:
    return ",".join([*(str(int(given[i : i + 2], 16)) for i in (1, 3, 5)), str(round(alpha * 255))])


def symbol(geometry: str, look: Look, name: str = "0") -> Element:
    """A symbol for `geometry`: Point or Polygon."""
    if geometry == "Point":
        kind, drawn = "marker", "SimpleMarker"
        options = {
            "name": "circle",
            "color": _colour(look.colour),
            "outline_color": _colour("#ffffff"),
            "outline_style": "solid",
            "outline_width": "0.3",
            "size": str(look.size),
            "size_unit": "MM",
        }
    else:
        kind, drawn = "fill", "SimpleFill"
        options = {
            "color": _colour(look.colour, look.fill),
            "style": "solid" if look.fill else "no",
            "outline_color": _colour(look.colour),
            "outline_style": "solid",
            "outline_width": str(look.size),
            "outline_width_unit": "MM",
            "joinstyle": "bevel",
        }
    made = Element("symbol", type=kind, name=name, alpha="1", clip_to_extent="1", force_rhr="0")
    layer = SubElement(made, "layer", {"class": drawn, "enabled": "1", "locked": "0", "pass": "0"})
    table = SubElement(layer, "Option", type="Map")
    for option, value in options.items():
        SubElement(table, "Option", name=option, value=value, type="QString")
    return made


def single(geometry: str, look: Look) -> Element:
    """All things alike."""
    made = Element("renderer-v2", type="singleSymbol", symbollevels="0", enableorderby="0", forceraster="0")
    SubElement(made, "symbols").append(symbol(geometry, look))
    return made


def by_value(geometry: str, attribute: str, classes: Sequence[Class], rest: Class) -> Element:
    """Things by a property's values, in this order; `rest` are all others."""
    made = Element(
        "renderer-v2",
        type="categorizedSymbol",
        attr=attribute,
        symbollevels="0",
        enableorderby="0",
        forceraster="0",
    )
    categories, symbols = SubElement(made, "categories"), SubElement(made, "symbols")
    for number, one in enumerate((*classes, rest)):
        SubElement(
            categories,
            "category",
            {
                "value": "" if one is rest else one.value,
                "symbol": str(number),
                "label": one.label,
                "render": "true",
                "type": "NULL" if one is rest else "string",
            },
        )
        symbols.append(symbol(geometry, one.look, str(number)))
    return made


def labels(attribute: str, colour: str, scale: int) -> Element:
    """A property written on each thing, from a scale on (its denominator)."""
    made = Element("labeling", type="simple")
    settings = SubElement(made, "settings", calloutType="simple")
    style = SubElement(
        settings,
        "text-style",
        fieldName=attribute,
        isExpression="0",
        fontFamily=FONTS[0],
        fontSize="8",
        fontSizeUnit="Point",
        textColor=_colour(colour),
        textOpacity="1",
    )
    families = SubElement(style, "families")
    for family in FONTS:
        SubElement(families, "family", name=family)
    SubElement(
        style,
        "text-buffer",
        bufferDraw="1",
        bufferSize="0.8",
        bufferSizeUnits="MM",
        bufferColor=_colour("#ffffff"),
        bufferOpacity="1",
    )
    SubElement(settings, "text-format", multilineAlign="3")
    SubElement(settings, "placement", placement="1", quadOffset="4", centroidInside="1")
    SubElement(settings, "rendering", scaleVisibility="1", scaleMin="1", scaleMax=str(scale), drawLabels="1")
    return made


def tile_styles(layers: Sequence[tuple[str, str, str, Look, int]]) -> Element:
    """Vector tiles: (layer in the tile, title, geometry, look, zoom from which it is drawn) of each."""
    made = Element("renderer", type="basic")
    styles = SubElement(made, "styles")
    for name, title, geometry, look, zoom in layers:
        style = SubElement(
            styles,
            "style",
            {
                "enabled": "1",
                "layer": name,
                "geometry": "0" if geometry == "Point" else "2",
                "name": title,
                "min-zoom": str(zoom),
                "max-zoom": "-1",
                "expression": "",
            },
        )
        SubElement(style, "symbols").append(symbol(geometry, look))
    return made
