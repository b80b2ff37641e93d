"""Files for QGIS: connections as it exports them, and a project with the reader's layers. No secret stands in any of them."""

from app.ogc.rules.qgis.connections import feature_connections, tile_connections
from app.ogc.rules.qgis.project import project

__all__ = ["feature_connections", "project", "tile_connections"]
