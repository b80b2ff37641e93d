"""Symbols, renderers and labels of layers as elements of a QGIS project file."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from app.ogc.rules.legend import FONTS


@dataclass(frozen=True, slots=True)
class SymbolStyle:
    """The style of a symbol: colours as #rrggbb, sizes in millimetres.

    `fill` is the opacity of the inside, 0 to 1.
    """

    colour: str
    size: float
    fill: float = 0.0


@dataclass(frozen=True, slots=True)
class Class:
    """A value of a property, with its label and a symbol style of its own."""

    value: str
    label: str
    style: SymbolStyle


def _colour(hex_colour: str, alpha: float = 1.0) -> str:
    return ",".join([*(str(int(hex_colour[i : i + 2], 16)) for i in (1, 3, 5)), str(round(alpha * 255))])


def symbol(geometry: str, symbol_style: SymbolStyle, name: str = "0") -> Element:
    """Return a symbol for `geometry`: Point or Polygon."""
    if geometry == "Point":
        kind, drawn = "marker", "SimpleMarker"
        options = {
            "name": "circle",
            "color": _colour(symbol_style.colour),
            "outline_color": _colour("#ffffff"),
            "outline_style": "solid",
            "outline_width": "0.3",
            "size": str(symbol_style.size),
            "size_unit": "MM",
        }
    else:
        kind, drawn = "fill", "SimpleFill"
        options = {
            "color": _colour(symbol_style.colour, symbol_style.fill),
            "style": "solid" if symbol_style.fill else "no",
            "outline_color": _colour(symbol_style.colour),
            "outline_style": "solid",
            "outline_width": str(symbol_style.size),
            "outline_width_unit": "MM",
            "joinstyle": "bevel",
        }
    element = Element("symbol", type=kind, name=name, alpha="1", clip_to_extent="1", force_rhr="0")
    layer = SubElement(element, "layer", {"class": drawn, "enabled": "1", "locked": "0", "pass": "0"})
    table = SubElement(layer, "Option", type="Map")
    for option, value in options.items():
        SubElement(table, "Option", name=option, value=value, type="QString")
    return element


def single(geometry: str, symbol_style: SymbolStyle) -> Element:
    """Return the renderer that draws all features with one symbol."""
    element = Element(
        "renderer-v2", type="singleSymbol", symbollevels="0", enableorderby="0", forceraster="0"
    )
    SubElement(element, "symbols").append(symbol(geometry, symbol_style))
    return element


def by_value(geometry: str, attribute: str, classes: Sequence[Class], other_class: Class) -> Element:
    """Return the renderer by the values of a property; `other_class` is for all other values."""
    element = Element(
        "renderer-v2",
        type="categorizedSymbol",
        attr=attribute,
        symbollevels="0",
        enableorderby="0",
        forceraster="0",
    )
    categories, symbols = SubElement(element, "categories"), SubElement(element, "symbols")
    for number, symbol_class in enumerate((*classes, other_class)):
        SubElement(
            categories,
            "category",
            {
                "value": "" if symbol_class is other_class else symbol_class.value,
                "symbol": str(number),
                "label": symbol_class.label,
                "render": "true",
                "type": "NULL" if symbol_class is other_class else "string",
            },
        )
        symbols.append(symbol(geometry, symbol_class.style, str(number)))
    return element


def labels(attribute: str, colour: str, scale: int) -> Element:
    """Return the labelling of a layer by the value of a property.

    Args:
        scale: Denominator of the smallest scale at which labels are drawn.
    """
    element = Element("labeling", type="simple")
    settings = SubElement(element, "settings", calloutType="simple")
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
    return element


def tile_styles(layers: Sequence[tuple[str, str, str, SymbolStyle, int]]) -> Element:
    """Return the renderer of vector tiles.

    Args:
        layers: (layer name, title, geometry type, style, minimum zoom) of each layer.
    """
    element = Element("renderer", type="basic")
    styles = SubElement(element, "styles")
    for name, title, geometry, symbol_style, zoom in layers:
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
        SubElement(style, "symbols").append(symbol(geometry, symbol_style))
    return element
