"""Search for premises and households by words of the address: the same result as comparing every visible address."""

import pytest

from app.core import db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.households import service as households
from tests.answers import all_items
from tests.factories import make_city
from tests.nonempty import nonempty
from tests.seeds import dice, seeds

LETTERS = "幸福里和平路号1234幢Aa"
HOMES, SEARCHES = 60, 12
# Areas of the reader by its name; None: an administrator of everything.
READERS = {
    "grid": ("g1",),
    "community": ("c1",),
    "street": ("s",),
    "district": ("d",),
    "street and its district": ("s", "d"),
    "two communities": ("c1", "c2"),
}


def settle(city, draw):
    """Register homes in and outside of grids, with addresses of few letters."""
    places = [city.in_grid("g1"), city.in_grid("g2"), city.in_grid("g3"), city.in_no_grid()]
    rows = [
        {
            "id": uuid7(),
            "jurisdiction_id": city.jurisdiction_id,
            "address": "".join(draw.choices(LETTERS, k=draw.randint(2, 9))),
            **draw.choice(places),
        }
        for _ in range(HOMES)
    ]
    with db.transaction(SYSTEM) as session:
        households.insert_many(session, SYSTEM, rows=rows)
    return rows


@pytest.mark.parametrize("seed", seeds())
@pytest.mark.parametrize("reader", [*READERS, "everything"])
def test_search_finds_every_visible_address_that_contains_the_words(app, settings, city, rows, reader, seed):
    draw = dice(f"addresses of {reader}", seed)
    other = make_city(app, settings)
    addresses = [home["address"] for home in settle(city, draw) + settle(other, draw)]
    if reader == "everything":
        person, roots = city.person(Role.ADMIN), [""]
    else:
        names = READERS[reader]
        person = city.supervisor(names[0])
        for name in names[1:]:
            city.grant(person, Role.SUPERVISOR, area=name)
        roots = [city.areas[name].hex for name in names]
    jurisdictions = {city.jurisdiction_id, other.jurisdiction_id}
    stored = rows(
        """select p.id, p.address || ' ' || coalesce(p.name, '') words, cast(p.scope_path as text) path,
             array(select id from household where premises_id = p.id) households
           from premises p where p.deleted_at is null and p.jurisdiction_id = any(:cities)""",
        cities=list(jurisdictions),
    )
    visible = [home for home in stored if any(root in (home.path or "") for root in roots)]
    if reader == "everything":
        visible = stored
    assert len(nonempty(visible)) < len(stored) or reader == "everything"
    # Other tests leave homes of other cities, which an administrator of everything finds, too.
    own = {str(home.id) for home in stored} | {str(id) for home in stored for id in home.households}
    for _ in range(SEARCHES):
        address = draw.choice(addresses)
        start = draw.randrange(len(address) - 1)
        words = address[start : start + draw.randint(2, 4)]
        matching = [home for home in visible if words.lower() in home.words.lower()]
        premises = all_items(person, f"/premises?q={words}&limit=7")
        ids = [item["id"] for item in premises if item["id"] in own]
        assert ids == sorted(str(home.id) for home in matching), words
        at_home = all_items(person, f"/households?q={words}&limit=7")
        expected = sorted(str(household) for home in matching for household in home.households)
        assert [item["id"] for item in at_home if item["id"] in own] == expected, words
