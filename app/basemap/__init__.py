"""The base map: vector tiles in the Protomaps schema, in one PMTiles file."""
