"""Accessibility violations of a page, as axe reports them."""

from pathlib import Path
from typing import Any

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def _load_axe(page: Any) -> None:
    """Put axe into a page that does not have it: half a megabyte of script, which each check compiled again."""
    if not page.evaluate("'axe' in window"):
        # By the debugger: the page's own policy lets no foreign script in.
        page.evaluate(AXE.read_text())


def serious_violations(page: Any) -> list[tuple[str, str, list[str]]]:
    """Serious and critical findings of the page as it stands: rule, impact, some of the places."""
    # In the middle of a transition colours are those of neither state.
    page.emulate_media(reduced_motion="reduce")
    _load_axe(page)
    report = page.evaluate("rules => axe.run({resultTypes: ['violations'], runOnly: rules})", RULES)
    return [
        (violation["id"], violation["impact"], [node["html"][:160] for node in violation["nodes"][:3]])
        for violation in report["violations"]
        if violation["impact"] in ("serious", "critical")
    ]


STRUCTURE = ["heading-order", "empty-table-header", "landmark-unique", "page-has-heading-one"]


def structure_violations(page: Any) -> list[tuple[str, list[str]]]:
    """Findings of headings, table heads and landmarks, however slight: rule and places."""
    _load_axe(page)
    options = "{resultTypes: ['violations'], runOnly: {type: 'rule', values: rules}}"
    report = page.evaluate(f"rules => axe.run({options})", STRUCTURE)
    return [
        (violation["id"], [node["html"][:160] for node in violation["nodes"]])
        for violation in report["violations"]
    ]
