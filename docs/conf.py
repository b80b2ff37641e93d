"""Configuration of the documentation site: `bin/docs` builds it with Sphinx and MyST into build/docs."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_sphinx"))

project = "Gridward"
author = "The authors of Gridward"
language = "en"
html_title = "Gridward"

extensions = ["myst_parser", "page_links", "search_words"]
exclude_patterns = ["_sphinx", "systemd"]
# Headings down to this level can be linked: `operations.md#proxy-tls-and-a-path`, as on code hosts.
myst_heading_anchors = 4
myst_url_schemes = {"http": None, "https": None, "mailto": None, "product": None}
# Code is shown as it is: lexers guess wrongly where blocks have comments or holes.
highlight_language = "none"
# A lexer that does not know a block leaves it as it is.
suppress_warnings = ["misc.highlighting_failure"]
nitpicky = True

html_theme = "furo"
html_static_path = ["_sphinx/static"]
html_favicon = "_sphinx/static/favicon.svg"
html_css_files = ["site.css"]
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_last_updated_fmt = None
html_search_language = "gridward"
html_use_index = False
