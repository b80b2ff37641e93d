"""Components: municipal objects such as lamps and manhole covers, with responsible units."""
