"""The made-up map of the demo city: streets, blocks, buildings, landmarks, water and areas. Pure and seeded.

Nothing here is real but the codes and names of the administrative divisions (`app.demo.divisions`).
"""

from app.demo.city.city_map import CityMap, city_map

__all__ = ["CityMap", "city_map"]
