"""Components of the city: manhole covers, lamps, trees; where they stand and whose they are."""
