"""The register: premises, households, residents, care tags, consents and visits."""
