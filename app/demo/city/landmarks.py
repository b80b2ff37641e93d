"""Places that people name: schools, markets, stops, shops, bridges. The cases of the demo lie near them."""

from random import Random

from shapely.geometry import Point
from shapely.ops import nearest_points

from app.demo.city import names
from app.demo.city.addresses import Site
from app.demo.city.names import Names
from app.demo.city.parts import HALF_WIDTHS_M, Block, Landmark, Text
from app.demo.city.streets import Network

_NUMBERS = (
    ("第一", "No. 1"),
    ("第二", "No. 2"),
    ("第三", "No. 3"),
    ("实验", "Experimental"),
    ("中心", "Central"),
)
# Use of a block: kind, Chinese ending, English ending.
_USES = {
    "school": ("school", "小学", "Primary School"),
    "kindergarten": ("kindergarten", "幼儿园", "Kindergarten"),
    "market": ("marketplace", "农贸市场", "Farmers' Market"),
    "park": ("park", "公园", "Park"),
    "plaza": ("park", "广场", "Square"),
    "office": ("commercial", "大厦", "Building"),
    "parking": ("parking", "停车场", "Car Park"),
}
_SHOP_SHARE = 0.075
_BUS_STOP_EVERY_M = 520.0
_OFFICES = (
    (Text("古荡派出所", "Gudang Police Station"), "police"),
    (Text("古荡街道办事处", "Gudang Street Office"), "townhall"),
    (Text("古荡消防救援站", "Gudang Fire Station"), "fire_station"),
    (Text("古荡图书馆", "Gudang Library"), "library"),
    (Text("古荡邮政支局", "Gudang Post Office"), "post_office"),
    (Text("古荡文化站", "Gudang Culture Centre"), "theatre"),
    (Text("古荡社区卫生服务中心", "Gudang Health Centre"), "clinic"),
)


def landmarks(
    plan: Network, blocks: list[Block], sites: list[Site], names_: Names, random: Random
) -> list[Landmark]:
    """Return all landmarks, each with a name of its own."""
    results = list(_of_blocks(sites, random))
    results += _shops(sites, names_, random)
    results += _stops(plan, blocks)
    results += _bridges(plan, blocks)
    return results


def _of_blocks(sites: list[Site], random: Random) -> list[Landmark]:
    results: list[Landmark] = []
    used: set[str] = set()
    public = list(_OFFICES)
    for site in sites:
        style = site.block.style
        if style == "hospital":
            text, kind = Text("古荡医院", "Gudang Hospital"), "hospital"
        elif style == "station":
            text, kind = Text("古荡站", "Gudang Railway Station"), "train_station"
        elif style == "park" and site.block.plot.area > 60_000:
            text, kind = Text("莲池公园", "Lianchi Park"), "park"
        elif style == "office" and public:
            text, kind = public.pop(0)
        elif style in _USES:
            kind, zh, en = _USES[style]
            text = _named_after(site.street, zh, en, used, random)
        else:
            continue
        used.add(text.zh)
        results.append(Landmark(text, kind, site.gate, site.block.number, site.street, site.number))
    return results


def _named_after(street: Text, zh: str, en: str, used: set[str], random: Random) -> Text:
    """Return a name made of that of the street, such as 柳桥小学. A second one of a street gets a number."""
    stem_zh, stem_en = street.zh[:2], street.en.split()[0]
    text = Text(stem_zh + zh, f"{stem_en} {en}")
    if (
        street.en.endswith(" Road") and len(street.en.split()) == 3
    ):  # 云栖北路: four streets have this beginning
        stem_zh, stem_en = street.zh[:3], street.en.removesuffix(" Road")
        text = Text(stem_zh + zh, f"{stem_en} {en}")
    for number_zh, number_en in random.sample(_NUMBERS, len(_NUMBERS)):
        if text.zh not in used:
            break
        text = Text(f"{stem_zh}{number_zh}{zh}", f"{stem_en} {number_en} {en}")
    return text


def _shops(sites: list[Site], names_: Names, random: Random) -> list[Landmark]:
    houses = [site for site in sites if site.block.style == "terraced"]
    chosen = [site for site in houses if random.random() < _SHOP_SHARE][:110]
    results = []
    for site in chosen:
        text, kind = names_.shop()
        results.append(Landmark(text, kind, site.gate, site.block.number, site.street, site.number))
    return results


def _stops(plan: Network, blocks: list[Block]) -> list[Landmark]:
    """Return stops of buses along large streets, and stations of the underground where main streets cross."""
    results: list[Landmark] = []
    used: set[str] = set()
    large = [street for street in plan.streets if street.kind in ("primary", "secondary")]
    main = [street for street in plan.streets if street.name in (*names.MAIN_STREETS, names.DIAGONAL)]
    for i, first in enumerate(main):
        for other in main[i + 1 :]:
            crossing = first.axis.intersection(other.axis)
            if isinstance(crossing, Point) and plan.outline.buffer(-120).contains(crossing):
                name = Text(
                    f"{first.name.zh[:2]}{other.name.zh}站",
                    f"{first.name.en.split()[0]} {other.name.en} Station",
                )
                if name.zh not in used and len(used) < 6:
                    used.add(name.zh)
                    results.append(
                        _stop(name, "subway_station", crossing, HALF_WIDTHS_M["primary"] + 3, blocks, plan)
                    )
    for street in large:
        parts = list(getattr(street.axis, "geoms", [street.axis]))
        axis = max(parts, key=lambda part: part.length)
        for n in range(int(axis.length // _BUS_STOP_EVERY_M)):
            at = axis.interpolate((n + 0.5) * _BUS_STOP_EVERY_M)
            crossed = min(
                (other for other in plan.streets if other.name != street.name and other.kind != "rail"),
                key=lambda other: other.axis.distance(at),
            )
            name = Text(f"{street.name.zh}{crossed.name.zh[:3]}口", f"{street.name.en} at {crossed.name.en}")
            if name.zh not in used:
                used.add(name.zh)
                results.append(_stop(name, "bus_stop", at, HALF_WIDTHS_M[street.kind] - 1, blocks, plan))
    return results


# A stop has a name, a place and the city around it.
def _stop(name: Text, kind: str, at: Point, aside_m: float, blocks: list[Block], plan: Network) -> Landmark:
    inside = plan.outline.buffer(-20)
    block = min(blocks, key=lambda candidate: candidate.plot.distance(at))
    edge = nearest_points(block.plot, at)[0]
    far = edge.distance(at) or 1.0
    share = min(1.0, aside_m / far)
    gate = Point(round(at.x + (edge.x - at.x) * share, 2), round(at.y + (edge.y - at.y) * share, 2))
    if not inside.contains(gate):
        gate = edge
    return Landmark(name, kind, gate, block.number)


def _bridges(plan: Network, blocks: list[Block]) -> list[Landmark]:
    water = [block for block in blocks if block.style == "water"]
    results = []
    for street in plan.streets:
        if street.kind in ("residential", "path", "rail") or street.name in names.BANK_STREETS:
            continue
        over = street.axis.intersection(plan.river)
        if over.is_empty or not water:
            continue
        stem_zh, stem_en = street.name.zh.removesuffix("路"), street.name.en.removesuffix(" Road")
        part = max(getattr(over, "geoms", [over]), key=lambda piece: piece.length)
        at = part.interpolate(0.5, normalized=True)
        block = min(water, key=lambda candidate: candidate.cell.distance(at))
        results.append(
            Landmark(
                Text(f"{stem_zh}桥", f"{stem_en} Bridge"),
                "bridge",
                Point(round(at.x, 2), round(at.y, 2)),
                block.number,
            )
        )
    return results
