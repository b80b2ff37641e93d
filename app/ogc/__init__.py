"""OGC API: serves the data to QGIS, GDAL, OWSLib, MapLibre and OpenLayers without plug-ins.

It stores no data of its own except counters of changes; edits go to the services of the domains that own the rows.
"""
