"""Escaping of cells for spreadsheet programs, so that no text is executed as a formula."""

# How a cell begins that a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def escape_formula(cell: str) -> str:
    """Return the cell, with an apostrophe before text that a spreadsheet would execute."""
    return f"'{cell}" if cell.startswith(_FORMULA) or unescape_formula(cell) != cell else cell


def unescape_formula(cell: str) -> str:
    """Return the cell without the apostrophe that `escape_formula` added."""
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip("'").startswith(_FORMULA) else cell
