"""Reading of the attribution in the metadata of a map, which is HTML of somebody else, as text with links."""

from dataclasses import dataclass
from html.parser import HTMLParser


@dataclass(frozen=True, slots=True)
class Credit:
    """A piece of an attribution. `href`: the https address that it leads to, if it leads to one."""

    text: str
    href: str | None = None


def credit_text(text: str, language: str) -> str:
    """Return a piece of an attribution in a language: in Chinese the contributors of OpenStreetMap, else as it is.

    Args:
        language: `zh` or `en`. `web/src/base-map/definition.ts` has the same words for the maps of the front ends.
    """
    return text.replace("OpenStreetMap contributors", "OpenStreetMap 贡献者") if language == "zh" else text


def credits_of(html: str) -> list[Credit]:
    """Return the pieces of an attribution. All tags but links are dropped, and links that are not https lose their target."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.credits


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.credits: list[Credit] = []
        self._href: str | None = None
        # Text of these is not shown.
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            href = dict(attrs).get("href") or ""
            self._href = href if href.startswith("https://") else None
        self._hidden += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._href = None
        self._hidden -= tag in ("script", "style") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if data and not self._hidden:
            self.credits.append(Credit(data, self._href))
