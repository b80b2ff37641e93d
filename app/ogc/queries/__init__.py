"""SQL of /ogc over the tables of the domains.

The only table of its own has the counted changes of tiles.
"""
