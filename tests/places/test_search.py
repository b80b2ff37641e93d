"""Search for places: what is stored is found by parts of its words and by pinyin, within the scope of the reader."""

import pytest

from app.core import db
from app.core.actor import SYSTEM
from app.places.rules import read_search
from tests.factories import make_city
from tests.nonempty import nonempty
from tests.places.conftest import names, register, search
from tests.seeds import dice

SYLLABLES = {
    "古": "gu", "荡": "dang", "文": "wen", "华": "hua", "天": "tian", "目": "mu", "山": "shan", "西": "xi",
    "溪": "xi", "清": "qing", "河": "he", "永": "yong", "安": "an", "桥": "qiao", "园": "yuan", "江": "jiang",
}  # fmt: skip
ENDINGS = {"路": "lu", "街": "jie", "巷": "xiang", "新村": "xincun", "花园": "huayuan"}


def drawn_addresses(random, count):
    """Return random addresses: name of the street or compound, its pinyin, and the number."""
    seen = {}
    while len(seen) < count:
        characters = random.sample(sorted(SYLLABLES), random.randint(2, 3))
        ending = random.choice(sorted(ENDINGS))
        is_compound = ending in ("新村", "花园")
        number = f"{random.randint(1, 300)}{'幢' if is_compound else '号'}"
        pinyin = "".join(SYLLABLES[c] for c in characters) + ENDINGS[ending]
        seen["".join(characters) + ending] = (pinyin, number)
    return [(name, pinyin, number) for name, (pinyin, number) in seen.items()]


def test_address_is_found_by_each_pair_of_characters_and_pinyin(city):
    supervisor, stranger = city.supervisor(), make_city(city.app, city.settings).supervisor()
    addresses = drawn_addresses(dice("places"), 8)
    for name, _, number in addresses:
        register(city, address=f"{name}{number}2单元301室")
    for name, pinyin, number in nonempty(addresses):
        whole = f"{name}{number}"
        initials = "".join(SYLLABLES.get(c) or "".join(ENDINGS.get(c, "")) for c in name)
        assert initials  # each character has a reading
        texts = [name[i : i + 2] for i in range(len(name) - 1)]
        texts += [
            name,
            whole,
            whole[:-1],
            f"{name}{number[0]}",
            pinyin,
            f"{pinyin}{number[:-1]}",
            pinyin.upper(),
        ]
        for text in texts:
            assert whole in names(search(supervisor, text), "address"), (text, whole)
            assert search(stranger, text) == [], text


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("古荡路", "古荡路"),
        ("古荡", "古荡路"),
        ("gudanglu", "古荡路"),
        ("gdl", "古荡路"),
        ("gu dang lu", "古荡路"),
        ("古荡路12", "古荡路12号"),
        ("古荡路 12 号", "古荡路12号"),
        ("gudanglu12hao", "古荡路12号"),
        ("gdl12", "古荡路12号"),
        ("12 gudanglu", "古荡路12号"),
        ("浙江省杭州市西湖区古荡街道古荡路12号", "古荡路12号"),
        ("古荡路12号3单元501室", "古荡路12号"),
        ("１２号", None),
        ("荡新村3幢", "古荡新村3幢"),
        ("jsyh", "建设银行"),
        ("jiansheyinhang", "建设银行"),
    ],
)
def test_best_place_comes_first(city, text, first):
    register(city, address="古荡路12号3单元501室")
    register(city, address="古荡路120号")
    register(city, address="古荡新村3幢1单元101")
    register(city, address="古荡路1号", kind="shop", name="建设银行")
    assert (names(search(city.supervisor(), text)) or [None])[0] == first


def test_rooms_of_one_building_are_one_place(city):
    for room in ("101", "102", "201"):
        register(
            city,
            compound="古荡新村",
            building="3幢",
            unit="1单元",
            room=room,
            address=f"古荡新村3幢1单元{room}",
        )
    supervisor = city.supervisor()
    assert names(search(supervisor, "古荡新村3幢")) == ["古荡新村3幢"]
    assert search(supervisor, "古荡新村3幢101") == search(supervisor, "古荡新村3幢")
    assert not any("101" in name or "单元" in name for name in names(search(supervisor, "古荡")))


def test_place_follows_change_of_its_premises(city):
    supervisor = city.supervisor()
    home = register(city, address="古荡路12号", kind="shop", name="幸福超市")
    assert names(search(supervisor, "幸福超市")) == ["幸福超市"]
    change = {"name": "平安药店", "address": "天目街7号"}
    answer = supervisor.patch(f"/premises/{home}", change, version=1)
    assert answer.status_code == 200, answer.json
    assert names(search(supervisor, "幸福超市")) == names(search(supervisor, "古荡路12号")) == []
    assert names(search(supervisor, "平安药店")) == ["平安药店"]
    assert names(search(supervisor, "tianmujie7")) == ["天目街7号"]


def test_place_ends_with_the_last_of_its_premises(city):
    supervisor = city.supervisor()
    homes = [register(city, address=f"古荡路12号1单元10{n}", room=f"10{n}") for n in (1, 2)]
    for home, left in nonempty(list(zip(homes, (["古荡路12号"], []), strict=True))):
        with db.transaction(SYSTEM) as session:
            session.execute(
                db.Fragment("update premises set deleted_at = now() where id = cast(:id as uuid)"),
                {"id": home},
            )
        assert names(search(supervisor, "古荡路12号")) == left


def test_place_moves_with_its_premises_to_another_grid(city):
    home = register(city, "g1", address="古荡路12号")
    first, second = city.worker("g1"), city.worker("g2")
    assert names(search(first, "古荡路12号")) == ["古荡路12号"]
    assert names(search(second, "古荡路12号"), "address") == []
    answer = city.supervisor().patch(f"/premises/{home}", city.in_grid("g2"), version=1)
    assert answer.status_code == 200, answer.json
    assert names(search(first, "古荡路12号"), "address") == []
    assert names(search(second, "古荡路12号")) == ["古荡路12号"]


def test_area_is_found_by_name_and_code(city):
    supervisor = city.supervisor()
    (grid,) = search(supervisor, f"{city.code}-g1")
    assert (grid["kind"], grid["id"], grid["grid"]["id"]) == ("grid", *[str(city.areas["g1"])] * 2)
    assert grid["id"] in [item["id"] for item in search(supervisor, grid["name"]["zh"])]


@pytest.mark.parametrize("text", ["%%", "__", "\\\\", "古%", "12(", "[[1", "'';--", "1.*", "古荡路12("])
def test_search_takes_special_characters_as_text(city, text):
    register(city, address="古荡路12号")
    assert "古荡路12号" not in names(search(city.supervisor(), text))


@pytest.mark.parametrize(
    ("query", "code"), [({"q": "古"}, "too_short"), ({}, "required"), ({"q": "x" * 101}, "too_long")]
)
def test_search_refuses_text_of_other_length(city, query, code):
    assert city.supervisor().get("/places/search", query_string=query).status_code == 422, code


def test_search_reads_the_name_and_number_of_a_text():
    read = read_search("99弄古荡路12号3幢")
    assert ("99弄古荡路", "12号3幢") in list(zip(read.names, read.numbers, strict=True))
    assert read_search("gudanglu12hao3zhuang").numbers[0] == "12号3幢"
