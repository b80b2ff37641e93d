"""Files for QGIS: connections, and a project with the reader's layers. They contain no secret."""

from app.ogc.rules.qgis.connections import feature_connections, tile_connections
from app.ogc.rules.qgis.project import project

__all__ = ["feature_connections", "project", "tile_connections"]
