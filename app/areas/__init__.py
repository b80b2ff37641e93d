"""The division tree and its versions, units, jurisdiction profiles."""
