"""Cells of sheets that go to spreadsheets: text, and never a formula."""

# How a cell begins that a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: the apostrophe that Excel itself uses stands before it."""
    return f"'{cell}" if cell.startswith(_FORMULA) or plain(cell) != cell else cell


def plain(cell: str) -> str:
    """The cell without the apostrophe of `harmless`."""
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip("'").startswith(_FORMULA) else cell
