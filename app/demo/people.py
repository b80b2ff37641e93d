"""People, units, areas and households of the demo city, before they are stored. Pure.

All people and addresses are generated. The ids depend only on the seed, so that an interrupted load finds the same
people when it continues.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from uuid import UUID

from shapely.geometry import Point

from app.core.actor import Actor, Grant, Role
from app.demo.city import CityMap, city_map
from app.demo.city.areas import Shape, point_in
from app.demo.divisions import GUDANG, district
from app.demo.placing import Placing

SEED = 2026
# Of the map alone; people and their names depend on SEED.
MAP_SEED = 7
# The instant in the ids of people, areas and homes, which are the same in each load.
_ID_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
CAPACITY = 5
# Who tries the demo out is to find that the sign-ins still have room after a dozen reports.
SIGN_IN_CAPACITY = 20
ON_DUTY_NOW = 45

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN_NAMES = (
    *"芳伟敏静丽强磊军洋勇艳杰娟涛明超霞平刚", "秀英", "桂英", "建国", "红梅", "志强", "晓燕", "雪梅", "国华", "玉兰",
    "海燕", "文斌", "春华", "立新", "佳怡", "子轩", "思远", "雨晴", "浩然", "欣悦", "俊杰", "梦洁",
)  # fmt: skip
# code, name, competence: prefixes of the taxonomy's categories. The longest prefix that fits owns a matter.
_UNITS = (
    (
        "330106007-cg",
        {"zh": "古荡街道城市管理办公室", "en": "Gudang urban management"},
        ("03", "E02", "E03", "E05", "E0101", "E0106", "E0107", "E0108"),
    ),
    (
        "330106007-hw",
        {"zh": "古荡街道环卫所", "en": "Gudang sanitation"},
        ("0301", "0302", "0303", "E0102", "E0103", "E0104", "E0105"),
    ),
    (
        "330106007-sz",
        {"zh": "古荡街道市政道路组", "en": "Gudang roads and utilities"},
        ("01", "02", "E0401", "E0402", "E0404", "E0405", "E0406"),
    ),
    (
        "330106007-zl",
        {"zh": "古荡街道社会治理办公室", "en": "Gudang social governance"},
        ("E0603", "E0604", "E0605"),
    ),
    (
        "330106007-xf",
        {"zh": "古荡街道消防应急站", "en": "Gudang fire and emergency"},
        ("0107", "E0403", "E0601", "E0602", "E0606"),
    ),
)
SUPERVISION = "330106-supervision"
SANITATION = "330106007-hw"
ROADS = "330106007-sz"


@dataclass(frozen=True, slots=True)
class Unit:
    id: UUID
    code: str
    name: dict[str, str]
    area_code: str
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """A person with an account.

    Attributes:
        grids: Codes of the grids for which a worker is responsible.
        relation: Role of the worker in these grids: worker, substitute or chief.
    """

    id: UUID
    username: str
    name: str
    role: Role
    area_code: str | None = None
    unit_code: str | None = None
    grids: tuple[str, ...] = ()
    relation: str = "worker"
    skills: tuple[str, ...] = ()

    @property
    def is_worker(self) -> bool:
        return bool(self.grids)

    @property
    def is_sign_in(self) -> bool:
        return self.username.startswith("demo-")

    @property
    def capacity(self) -> int:
        return SIGN_IN_CAPACITY if self.is_sign_in else CAPACITY


class City:
    """All generated people, units and areas of the demo city.

    They depend only on a seed.
    """

    def __init__(self, seed: int = SEED) -> None:
        self.seed = seed
        self.map: CityMap = city_map(MAP_SEED)
        self.placing = Placing(self.map)
        self.shapes = self.map.shapes
        self.area_ids = {shape.code: self.id_of(f"area:{shape.code}") for shape in self.shapes}
        self.grids = {shape.code: shape.polygon for shape in self.shapes if shape.level == "grid"}
        self.community_names = {s.code: s.name["zh"] for s in self.shapes if s.level == "community"}
        self.jurisdiction_id = self.id_of("jurisdiction")
        self.units = {unit.code: unit for unit in self._units()}
        self._names = Random(f"{seed}:names")
        self._used_names: set[str] = set()
        self.people = {person.id: person for person in self._people()}
        self.workers = [person for person in self.people.values() if person.is_worker]
        self.by_name = {person.username: person for person in self.people.values()}
        self.worker_of = {p.grids[0]: p for p in self.workers if p.relation == "worker"}
        self.members: dict[UUID, list[Person]] = {unit.id: [] for unit in self.units.values()}
        for person in self.people.values():
            if person.unit_code:
                self.members[self.units[person.unit_code].id].append(person)
        self.present = self._present()

    def id_of(self, key: str, at: datetime | None = None) -> UUID:
        """Return a UUIDv7 made from a text key. The same key has the same id in each load."""
        ms = int((at or _ID_EPOCH).timestamp() * 1000)
        bits = Random(f"{self.seed}:{key}").getrandbits(74)
        return UUID(int=ms << 80 | (0x7000 | bits >> 62) << 64 | 0b10 << 62 | bits & (1 << 62) - 1)

    def actor(self, person: Person) -> Actor:
        """Return the actor (the caller of service functions) for a person."""
        area_id = self.area_ids[person.area_code] if person.area_code else None
        unit_id = self.units[person.unit_code].id if person.unit_code else None
        grant = Grant(person.role, area_id, unit_id)
        return Actor.of(id=person.id, name=person.name, grants=(grant,))

    def named(self, username: str) -> Person:
        return self.by_name[username]

    @property
    def supervisors(self) -> list[Person]:
        return [person for person in self.people.values() if person.role is Role.SUPERVISOR]

    @property
    def quiet_grid(self) -> str:
        """Code of the grid of rented homes, from which hardly anything is reported."""
        return f"{GUDANG}001002"

    def lon_lat_in(self, grid: str) -> tuple[float, float]:
        """Return longitude and latitude of a point in the middle of a grid."""
        point = self.grids[grid].representative_point()
        return round(point.x, 6), round(point.y, 6)

    def point_outside(self, street: str, random: Random) -> Point:
        """Return a point in another street of the district, which has no grids."""
        return point_in(next(shape.polygon for shape in self.shapes if shape.code == street), random)

    def _units(self) -> Iterator[Unit]:
        for code, name, prefixes in _UNITS:
            yield Unit(self.id_of(f"unit:{code}"), code, name, GUDANG, prefixes)
        for shape in self._communities():
            yield Unit(self.id_of(f"unit:{shape.code}"), shape.code, shape.name, shape.code, ("",))
        # What is said about workers and units belongs to nobody below the district.
        name = {"zh": "西湖区网格监督中心", "en": "Xihu grid supervision centre"}
        yield Unit(self.id_of("unit:supervision"), SUPERVISION, name, district().code, ("E0690",))

    def _people(self) -> Iterator[Person]:
        yield self._person("demo-admin", Role.ADMIN, name="演示管理员")
        yield self._person("demo-supervisor", Role.SUPERVISOR, name="周主任", area_code=GUDANG)
        yield self._person("demo-gis", Role.GIS, name="钱工", area_code=district().code)
        yield self._person("demo-handler", Role.HANDLER, name="鲍师傅", unit_code=ROADS)
        yield self._person("xihu-admin", Role.ADMIN, area_code=district().code)
        for number in (2, 3):
            yield self._person(f"gudang-supervisor-{number}", Role.SUPERVISOR, area_code=GUDANG)
        for unit in self.units.values():
            for number in range(1, 2 if unit.area_code == unit.code else 4):
                yield self._person(f"{unit.code}-{number}", Role.HANDLER, unit_code=unit.code)
        yield from self._field_people()

    def _field_people(self) -> Iterator[Person]:
        demo_usernames = dict(zip(self._demo_grids(), ("demo-worker", "demo-worker-2"), strict=True))
        for community in self._communities():
            grids = tuple(code for code in self.grids if code.startswith(community.code))
            for number, grid in enumerate(grids):
                skills = ("mediation",) if number % 2 == 0 or grid in demo_usernames else ()
                username = demo_usernames.get(grid, f"grid-{grid[6:]}")
                yield self._person(username, Role.WORKER, area_code=grid, grids=(grid,), skills=skills)
            for role, relation in ((Role.WORKER, "substitute"), (Role.GRID_CHIEF, "chief")):
                yield self._person(
                    f"{relation}-{community.code[6:]}",
                    role,
                    area_code=community.code,
                    grids=grids,
                    relation=relation,
                    skills=("mediation",),
                )

    def _person(
        self,
        username: str,
        role: Role,
        *,
        name: str | None = None,
        area_code: str | None = None,
        unit_code: str | None = None,
        grids: tuple[str, ...] = (),
        relation: str = "worker",
        skills: tuple[str, ...] = (),
    ) -> Person:
        person_id = self.id_of(f"person:{username}")
        return Person(
            person_id, username, name or self._name(), role, area_code, unit_code, grids, relation, skills
        )

    def _name(self) -> str:
        while True:
            name = self._names.choice(SURNAMES) + self._names.choice(GIVEN_NAMES)
            if name not in self._used_names:
                self._used_names.add(name)
                return name

    def _communities(self) -> list[Shape]:
        return [s for s in self.shapes if s.level == "community" and s.parent_code == GUDANG]

    def _demo_grids(self) -> tuple[str, str]:
        community = f"{GUDANG}003"
        return f"{community}001", f"{community}002"

    def _present(self) -> list[Person]:
        """Return the workers who are put on duty at each start of the demo.

        In the community of `demo-worker` only the two demo workers are on duty, so that each checks the cases of the
        other.
        """
        demo_workers = [self.by_name["demo-worker"], self.by_name["demo-worker-2"]]
        community = demo_workers[0].grids[0][:12]
        other_workers = [p for p in self.workers if not p.grids[0].startswith(community)]
        other_workers.sort(key=lambda p: ("worker", "substitute", "chief").index(p.relation))
        return demo_workers + other_workers[: ON_DUTY_NOW - len(demo_workers)]
