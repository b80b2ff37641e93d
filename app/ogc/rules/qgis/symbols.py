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


@dataclass(frozen=True, slots=True)
class TileStyle:
    """The style of the features of one layer of vector tiles.

    Attributes:
        layer: Name of the layer in the tiles.
        geometry: Point, Line or Polygon.
        condition: QGIS expression of the features that are drawn; empty: all.
    """

    layer: str
    title: str
    geometry: str
    style: SymbolStyle
    min_zoom: int
    condition: str = ""


# Numbers of the kinds of geometry in QGIS (Qgis::GeometryType).
_GEOMETRY_NUMBERS = {"Point": "0", "Line": "1", "Polygon": "2"}


def _colour(hex_colour: str, alpha: float = 1.0) -> str:
    return ",".join([*(str(int(hex_colour[i : i + 2], 16)) for i in (1, 3, 5)), str(round(alpha * 255))])


def symbol(geometry: str, symbol_style: SymbolStyle, name: str = "0") -> Element:
    """Return a symbol for `geometry`: Point, Line or Polygon."""
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
    elif geometry == "Line":
        kind, drawn = "line", "SimpleLine"
        options = {
            "line_color": _colour(symbol_style.colour),
            "line_width": str(symbol_style.size),
            "line_width_unit": "MM",
            "joinstyle": "round",
            "capstyle": "round",
        }
    else:
        kind, drawn = "fill", "SimpleFill"
        options = {
            "color": _colour(symbol_style.colour, symbol_style.fill),
            "style": "solid" if symbol_style.fill else "no",
            "outline_color": _colour(symbol_style.colour),
            "outline_style": "solid" if symbol_style.size else "no",
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
    _append_text(settings, attribute, SymbolStyle(colour, 8))
    SubElement(settings, "text-format", multilineAlign="3")
    SubElement(settings, "placement", placement="1", quadOffset="4", centroidInside="1")
    SubElement(settings, "rendering", scaleVisibility="1", scaleMin="1", scaleMax=str(scale), drawLabels="1")
    return element


def _append_text(
    settings: Element, text: str, text_style: SymbolStyle, *, is_expression: bool = False
) -> None:
    """Append the text of a label: a property or an expression; the size of the style is in points."""
    style = SubElement(
        settings,
        "text-style",
        fieldName=text,
        isExpression="1" if is_expression else "0",
        fontFamily=FONTS[0],
        fontSize=f"{text_style.size:g}",
        fontSizeUnit="Point",
        textColor=_colour(text_style.colour),
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


def tile_styles(tile_layers: Sequence[TileStyle]) -> Element:
    """Return the renderer of vector tiles, which draws the styles one after the other."""
    element = Element("renderer", type="basic")
    styles = SubElement(element, "styles")
    for tile_layer in tile_layers:
        style = SubElement(styles, "style", _tile_selection(tile_layer))
        SubElement(style, "symbols").append(symbol(tile_layer.geometry, tile_layer.style))
    return element


def tile_labels(tile_layers: Sequence[TileStyle], expression: str) -> Element:
    """Return the labelling of vector tiles. Lines have their labels along them.

    Args:
        expression: QGIS expression of the text.
    """
    element = Element("labeling", type="basic")
    styles = SubElement(element, "styles")
    for tile_layer in tile_layers:
        style = SubElement(styles, "style", _tile_selection(tile_layer))
        settings = SubElement(style, "settings", calloutType="simple")
        _append_text(settings, expression, tile_layer.style, is_expression=True)
        # QgsPalLayerSettings::Placement: around the point, or curved along the line.
        SubElement(settings, "placement", placement="3" if tile_layer.geometry == "Line" else "0")
        SubElement(settings, "rendering", drawLabels="1")
    return element


def _tile_selection(tile_layer: TileStyle) -> dict[str, str]:
    return {
        "enabled": "1",
        "layer": tile_layer.layer,
        "geometry": _GEOMETRY_NUMBERS[tile_layer.geometry],
        "name": tile_layer.title,
        "min-zoom": str(tile_layer.min_zoom),
        "max-zoom": "-1",
        "expression": tile_layer.condition,
    }
