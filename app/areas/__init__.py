"""Areas: the division tree and its versions, units, and the creation of jurisdictions."""
