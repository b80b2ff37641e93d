"""Check the built documentation site and make it ready to be served: python bin/lib/site_check.py FOLDER.

Every link and picture must lead to a page, a file or an anchor of the site, or to one of the server's own paths. Nothing may
be loaded from another host. Then it writes hashes of inline scripts and styles, for the content security policy of /docs,
and a gzip copy beside each text file. External links are counted and not fetched.
"""

import base64
import gzip
import hashlib
import json
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Paths of the server outside /docs that pages may link to. tests/test_site.py asks the server for each.
PRODUCT_PATHS = ("api/docs", "api/v1/openapi.json", "console/", "field/", "ogc/")
# Elements that a browser loads by itself, with the attribute that has the address.
LOADED = {"script": "src", "img": "src", "source": "src", "iframe": "src", "object": "data", "embed": "src"}
COMPRESSED = (".html", ".css", ".js", ".svg", ".json")
HASHES = "inline-hashes.json"
# What the theme leaves out for screen readers and keyboards: the level of captions, and the focus of blocks that scroll.
MENDED = {
    'class="caption" role="heading">': 'class="caption" role="heading" aria-level="2">',
    "<pre>": '<pre tabindex="0">',
}


@dataclass
class Page:
    """Addresses, anchors and inline code of a page."""

    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    scripts: set[str] = field(default_factory=set)
    styles: set[str] = field(default_factory=set)
    style_attributes: set[str] = field(default_factory=set)
    handlers: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self.inline: set[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        page = self.page
        page.anchors |= {attributes[name] for name in ("id", "name") if attributes.get(name)}
        page.handlers += [name for name in attributes if name.startswith("on")]
        if "style" in attributes:
            page.style_attributes.add(attributes["style"])
        if tag == "a" and "href" in attributes:
            page.links.append(attributes["href"])
        if tag == "link" and attributes.get("rel") not in ("search", "index", "next", "prev", "author"):
            page.loaded.append(attributes.get("href", ""))
        if tag in LOADED and attributes.get(LOADED[tag]):
            page.loaded.append(attributes[LOADED[tag]])
        elif tag == "script":
            self.inline = page.scripts
        if tag == "style":
            self.inline = page.styles

    def handle_data(self, data: str) -> None:
        if self.inline is not None:
            self.inline.add(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self.inline = None


def read_pages(site: Path) -> dict[str, Page]:
    """Return path below the site -> page."""
    return {path.relative_to(site).as_posix(): _read(path) for path in sorted(site.rglob("*.html"))}


def _read(path: Path) -> Page:
    reader = _Reader()
    reader.feed(path.read_text())
    reader.close()
    return reader.page


def find_faults(site: Path, pages: dict[str, Page]) -> list[str]:
    """Return a line for each link that leads nowhere, each thing loaded from elsewhere and each inline handler."""
    faults = []
    for name, page in pages.items():
        faults += [f"{name}: inline handler {handler}" for handler in page.handlers]
        for address in page.loaded:
            if urlsplit(address).scheme not in ("", "data") or address.startswith("//"):
                faults.append(f"{name}: loads {address} from another host")
            elif fault := _fault(site, pages, name, address):
                faults.append(f"{name}: {fault}")
        for address in page.links:
            if fault := _fault(site, pages, name, address):
                faults.append(f"{name}: {fault}")
    return faults


def _fault(site: Path, pages: dict[str, Page], name: str, address: str) -> str:
    """Return what is wrong with an address in a page, or nothing."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return ""
    root = site.resolve()
    target = (root / name).parent.joinpath(unquote(parts.path)).resolve() if parts.path else root / name
    if not target.is_relative_to(root):
        path = target.relative_to(root.parent).as_posix() if target.is_relative_to(root.parent) else ""
        is_known = path in {product_path.rstrip("/") for product_path in PRODUCT_PATHS}
        return "" if is_known else f"{address} is no path of the server"
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return f"{address} leads to no file"
    page = pages.get(target.relative_to(root).as_posix())
    if parts.fragment and page and unquote(parts.fragment) not in page.anchors:
        return f"{address} leads to no anchor"
    return ""


def _hashes(texts: set[str]) -> list[str]:
    digests = (hashlib.sha256(text.encode()).digest() for text in sorted(texts))
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


def make_ready(site: Path, pages: dict[str, Page]) -> None:
    """Mend the elements in MENDED, and write the hashes of inline code and a gzip copy of each text file."""
    for name in pages:
        text = (site / name).read_text()
        for element, mended in MENDED.items():
            text = text.replace(element, mended)
        (site / name).write_text(text)
    kinds = ("scripts", "styles", "style_attributes")
    # A picture that is opened by itself is a page, too.
    every = [*pages.values(), *(_read(path) for path in site.rglob("*.svg"))]
    inline = {kind: _hashes(set().union(*(getattr(page, kind) for page in every))) for kind in kinds}
    (site / HASHES).write_text(json.dumps(inline, indent=1))
    for path in site.rglob("*"):
        if path.suffix in COMPRESSED and path.stat().st_size > 1_000:
            Path(f"{path}.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))


def main() -> int:
    """Check the site in the folder that the command line names."""
    site = Path(sys.argv[1])
    pages = read_pages(site)
    links = [address for page in pages.values() for address in page.links]
    external = sum(bool(urlsplit(address).scheme) for address in links)
    faults = find_faults(site, pages)
    for fault in faults:
        print(fault, file=sys.stderr)
    print(
        f"==> {len(pages)} pages, {len(links) - external} links inside ({len(faults)} dead), {external} to other sites",
        file=sys.stderr,
    )
    if not pages or faults:
        return 1
    make_ready(site, pages)
    return 0


if __name__ == "__main__":
    sys.exit(main())
