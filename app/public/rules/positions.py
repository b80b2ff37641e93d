"""The position from which the next page of public cases goes on, as text. Pure."""

from datetime import datetime
from uuid import UUID


def position_text(position: tuple[datetime, UUID]) -> str:
    """Return a position as text."""
    return f"{position[0].isoformat()}_{position[1]}"


def position_of(text: str | None) -> tuple[datetime, UUID] | None:
    """Return the position that a text names; None if it names none."""
    instant, _, case_id = (text or "").partition("_")
    try:
        at = datetime.fromisoformat(instant.replace(" ", "+"))
        return (at, UUID(case_id)) if at.tzinfo is not None else None
    except ValueError:
        return None
