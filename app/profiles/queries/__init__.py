"""SQL of jurisdictions and of the versions of their profiles."""
