"""Parts of pages in Markdown that are made from the code."""

from collections.abc import Iterable, Sequence


def table_rows(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the text lines of a table: its head, the line below it, and its rows."""
    return ["| " + " | ".join(cells) + " |" for cells in (head, ("---",) * len(head), *rows)]
