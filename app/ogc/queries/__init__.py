"""SQL of /ogc over the tables of the domains. Owns no table except the changes of tiles."""
