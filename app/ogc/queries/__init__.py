"""SQL of /ogc over the tables of the domains.

/ogc owns only one table, which has the counted changes of map cells.
"""
