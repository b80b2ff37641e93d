"""Read cases as each reader may see them; the parts that all other folders build on."""
