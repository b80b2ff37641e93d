"""OGC API: the city's data for QGIS, GDAL, OWSLib, MapLibre and OpenLayers, unmodified. Owns no facts."""
