"""Screenshots of pages for people to look at. Taken only where GRIDWARD_PICTURES is set, as bin/pictures does."""

import os
from pathlib import Path

from playwright.sync_api import Page

FOLDER = Path(__file__).parents[2] / ".run" / "pictures" if os.environ.get("GRIDWARD_PICTURES") else None
PHONE, TABLET, DESK = (360, 640), (768, 1024), (1280, 800)
# A4 upright, as the browser lays it out.
PAPER_PX = 794
SETTLED_MS = 700


def take_pictures(
    page: Page, name: str, *sizes: tuple[int, int], is_whole: bool = True, on_paper: bool = False
) -> None:
    """`NAME-WIDTH.png` of the page in each of the sizes, what is printed, and NAME.pdf.

    Not whole: as much of it as the screen has, for pages whose bars stay where they are. Afterwards it is as large as before.
    """
    if FOLDER is None:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    before = page.viewport_size
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        # Maps and charts are drawn anew.
        page.wait_for_timeout(SETTLED_MS)
        page.screenshot(path=FOLDER / f"{name}-{width}.png", full_page=is_whole)
    if on_paper:
        page.emulate_media(media="print")
        page.set_viewport_size({"width": PAPER_PX, "height": 1123})
        page.screenshot(path=FOLDER / f"{name}-paper-{PAPER_PX}.png", full_page=True)
        page.emulate_media(media="screen")
        page.pdf(path=FOLDER / f"{name}.pdf", format="A4", print_background=True)
    if before:
        page.set_viewport_size(before)
