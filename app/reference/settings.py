"""Generator of docs/reference/settings.md: every setting with its values, its default and what it does."""

from pathlib import Path
from typing import Any

from app.reference.paragraphs import wrapped
from app.reference.setting_texts import OUTSIDE, SETTING_TEXTS
from app.settings import VARIABLES, Settings

_INTRODUCTION = """\
# Settings

For operators. `gridward docs settings` makes this page from `app/settings.py`; a test compares.

Settings are environment variables. An empty variable counts as unset. A wrong value stops the start, and the message
names the variable. `docs/how-to/operations.md` shows a file with settings for systemd.
"""
_VALUES_OF_TYPES: dict[Any, str] = {str: "text", Path: "a folder"}


def settings_page() -> str:
    """Return the content of docs/reference/settings.md as Markdown."""
    parts = [_INTRODUCTION]
    for section, texts in SETTING_TEXTS.items():
        parts.append(f"## {section}\n")
        parts += [_entry(name, text) for name, text in texts.items()]
    return "\n".join(parts)


def _entry(name: str, text: str) -> str:
    default, values = OUTSIDE[name] if name in OUTSIDE else (_default(name), VARIABLES[name][2])
    facts = f"Default: {default if default == 'none' else f'`{default}`'}. Value: {values}."
    return f"### `{name}`\n\n{wrapped(text)}\n\n{wrapped(facts)}\n"


def _default(name: str) -> str:
    """Return the default of a setting as it is written in the environment."""
    value = getattr(Settings(), VARIABLES[name][0])
    if name.endswith("_MB_PER_DAY"):
        value //= 1_000_000
    if value in ((), ""):
        return "none"
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, float):
        return f"{value:g}"
    return str(int(value) if isinstance(value, bool) else value)
