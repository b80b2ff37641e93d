"""Pictures of pages, to be looked at by people. Taken only where GRIDWARD_PICTURES is set, as bin/pictures does."""

import os
from pathlib import Path

from playwright.sync_api import Page

FOLDER = Path(__file__).parents[2] / ".run" / "pictures" if os.environ.get("GRIDWARD_PICTURES") else None
PHONE, TABLET, DESK = (360, 640), (768, 1024), (1280, 800)
SETTLED_MS = 700


def keep(page: Page, name: str, *sizes: tuple[int, int], on_paper: bool = False) -> None:
    """`NAME-WIDTH.png` of the whole page in each of the sizes, and NAME.pdf; afterwards the page is as large as before."""
    if FOLDER is None:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    before = page.viewport_size
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        # Maps and charts are drawn anew.
        page.wait_for_timeout(SETTLED_MS)
        page.screenshot(path=FOLDER / f"{name}-{width}.png", full_page=True)
    if on_paper:
        page.pdf(path=FOLDER / f"{name}.pdf", format="A4", print_background=True)
    if before:
        page.set_viewport_size(before)
