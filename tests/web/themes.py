"""The theme of a page: as a device with a light or dark theme shows it."""

from playwright.sync_api import Page


def show_theme(page: Page, theme: str) -> None:
    """Emulate a device with this theme, and wait until the page follows it. `theme`: light or dark."""
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.wait_for_function("theme => document.documentElement.dataset.theme === theme", arg=theme)
