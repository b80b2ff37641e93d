"""Components of the city, such as lamps: location, state and responsible units."""
