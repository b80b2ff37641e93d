"""Links that the site adds: a path of a page in code becomes a link to it, and `product:` a path of the server.

Pages name each other as `docs/how-to/gis.md`, which reads well in any editor. On the site such a path is a link with the
title of that page. A path of a page that does not exist is an error.
"""

import re
from pathlib import PurePosixPath

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import logging

PAGE = re.compile(r"docs/([\w/-]+)\.md")
PRODUCT = "product:"
# A link to a page of the source that the site does not have, such as ../CONTRIBUTING.md.
OUTSIDE = re.compile(r"\[([^\]]+)\]\((?:\.\./)+([A-Z][A-Z.a-z-]*\.md)(?:#[\w-]+)?\)")
SECTION = re.compile(r"```\{toctree\}\n(?:[^`].*\n)*?([\w-]+)/\*\n```\n")
log = logging.getLogger(__name__)


def drop_empty_sections(app: Sphinx, page: str, source: list[str]) -> None:
    """Leave out a section of the start page whose folder has no pages: Sphinx warns of it."""
    if page == app.config.root_doc:
        folders = {name.split("/")[0] for name in app.env.found_docs if "/" in name}
        source[0] = SECTION.sub(lambda match: match[0] if match[1] in folders else "", source[0])


def name_pages_of_the_source(app: Sphinx, page: str, source: list[str]) -> None:
    """Replace links to pages in the top folder of the source, which is not on the site, by their names."""
    source[0] = OUTSIDE.sub(
        lambda m: f"`{m[2]}`" if m[1].strip("`") == m[2] else f"{m[1]} (`{m[2]}`)", source[0]
    )


def link_pages(app: Sphinx, tree: nodes.document) -> None:
    """Replace code that is the path of a page by a link with the title of the page."""
    for literal in list(tree.findall(nodes.literal)):
        match = PAGE.fullmatch(literal.astext())
        if match is None or isinstance(literal.parent, nodes.reference | addnodes.pending_xref):
            continue
        if match[1] not in app.env.found_docs:
            log.warning("there is no page %s", match[0], location=literal)
            continue
        reference = addnodes.pending_xref(
            "",
            refdomain="std",
            reftype="doc",
            reftarget=f"/{match[1]}",
            refexplicit=False,
            refdoc=app.env.docname,
        )
        reference += nodes.inline("", match[0])
        literal.replace_self(reference)


def link_product(app: Sphinx, tree: nodes.document, page: str) -> None:
    """Make links such as `product:api/docs` relative: the site is at /docs of the server, under any prefix."""
    for reference in tree.findall(nodes.reference):
        address = reference.get("refuri", "")
        if address.startswith(PRODUCT):
            depth = len(PurePosixPath(page).parts)
            reference["refuri"] = "../" * depth + address.removeprefix(PRODUCT)


def set_language(app: Sphinx, page: str, template: str, context: dict, tree: nodes.document | None) -> None:
    """Mark pages in Chinese as such, for fonts and screen readers."""
    if page.startswith("zh/"):
        context["language"] = "zh-CN"


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the functions of this module to the build."""
    app.connect("source-read", drop_empty_sections)
    app.connect("source-read", name_pages_of_the_source)
    app.connect("doctree-read", link_pages)
    app.connect("doctree-resolved", link_product)
    app.connect("html-page-context", set_language)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
