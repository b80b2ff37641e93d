"""Components of the city (manhole covers, lamps, trees): location, state and responsible units."""
