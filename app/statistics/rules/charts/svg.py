"""Parts of a picture as SVG text: elements, texts, links to members, the frame of a picture. Pure."""

from dataclasses import dataclass
from html import escape
from unicodedata import east_asian_width

# Width of a character as a share of the font size, for wide (CJK) and other characters.
_WIDE, _NARROW = 1.0, 0.56


@dataclass(frozen=True, slots=True)
class Caption:
    """Name of a picture and its texts for screen readers.

    Attributes:
        name: Prefix of the ids in the picture; unique in its page.
        title: What the picture shows.
        description: How to read it.
    """

    name: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Frame:
    """Size of the drawn area and of the margins around it."""

    width: float
    height: float
    left: float = 0
    top: float = 0
    right: float = 0
    bottom: float = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as SVG text, with its title, which a page shows above it."""

    title: str
    svg: str


def number(value: float) -> str:
    """Return a number of the picture with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def element(tag: str, *content: str, **attributes: str | float | None) -> str:
    """Return an element. `content` is SVG text already.

    An underscore in the name of an attribute becomes a hyphen, one at its end is removed. An attribute that is None is left
    out.
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value) if isinstance(value, str) else number(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{written}>{''.join(content)}</{tag}>"


def text(content: str, x: float, y: float, **attributes: str | float | None) -> str:
    """Return a text of the picture. Its left end or, with `text_anchor`, its middle or end is at `x`."""
    return element("text", escape(content), x=x, y=y, **attributes)


def linked(shape: str, *, label: str, href: str | None, **data: str | float | None) -> str:
    """Return a mark with its text, as a link if `href` is given.

    `data`: attributes `data-...` of the mark.
    """
    attributes = {f"data_{name}": value for name, value in data.items()}
    if href is None:
        return element("g", element("title", escape(label)), shape, class_="mark", **attributes)
    return element("a", element("title", escape(label)), shape, href=href, class_="mark", **attributes)


def picture(caption: Caption, frame: Frame, *content: str, class_: str | None = None) -> Picture:
    """Return a picture with title and description.

    Its role is a group and not an image: readers of screens then reach the links of its marks.
    """
    view_box = (
        f"{number(-frame.left)} {number(-frame.top)}"
        f" {number(frame.left + frame.width + frame.right)} {number(frame.top + frame.height + frame.bottom)}"
    )
    ids = {"title": f"{caption.name}-title", "desc": f"{caption.name}-desc"}
    svg = element(
        "svg",
        element("title", escape(caption.title), id=ids["title"]),
        element("desc", escape(caption.description), id=ids["desc"]),
        *content,
        viewBox=view_box,
        role="group",
        aria_labelledby=ids["title"],
        aria_describedby=ids["desc"],
        class_=class_,
    )
    return Picture(caption.title, svg)


def hatch(name: str) -> str:
    """Return a pattern of slanted lines, to be laid over a colour, so that a grey print distinguishes it."""
    return element(
        "pattern",
        element("line", x1=0, y1=0, x2=0, y2=6, class_="hatch"),
        id=name,
        width=6,
        height=6,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )


def cut(content: str, *, width: float, font_size: float) -> str:
    """Return a text that fits into `width`; a longer one is cut, with an ellipsis."""

    def size(part: str) -> float:
        return font_size * sum(_WIDE if east_asian_width(c) in "WF" else _NARROW for c in part)

    if size(content) <= width:
        return content
    while content and size(f"{content}…") > width:
        content = content[:-1]
    return f"{content.rstrip()}…"
