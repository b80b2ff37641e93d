"""Handover: a substitute takes over grids, offers and accepted cases of an absent worker."""
