"""Pure rules of /ogc: definitions of collections, parameters, descriptions, tiles and styles."""
