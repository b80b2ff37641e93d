"""Requests for places in words."""

from tests.endpoints.households import flat
from tests.endpoints.world import Request, endpoint


@endpoint("GET /places/search")
def search_places(world, role, city, inside):
    return Request(f"/places/search?q={city.code}-g1", target=str(city.areas["g1"]))


@endpoint("GET /places/near")
def find_place_near(world, role, city, inside):
    flat(city)
    place = city.in_grid("g1")
    return Request(f"/places/near?lon={place['lon']}&lat={place['lat']}", target=str(city.areas["g1"]))
