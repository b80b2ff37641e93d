"""Cells of sheets for spreadsheet programs: text that is never taken for a formula."""

# How a cell begins that a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def escape_formula(cell: str) -> str:
    """Return the cell with an apostrophe before it if a spreadsheet would take it for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) or unescape_formula(cell) != cell else cell


def unescape_formula(cell: str) -> str:
    """Return the cell without the apostrophe of `harmless`."""
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip("'").startswith(_FORMULA) else cell
