"""Rules of /ogc without I/O: collections, parameters, descriptions, tiles and styles."""
