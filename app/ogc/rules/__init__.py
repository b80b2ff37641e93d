"""Pure rules of the OGC doors: what the collections are, and what their parameters say."""
