"""Random days: people write, move and redraw while phones pull in pages, lose answers and ask again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from app.core.actor import Role
from app.core.ids import uuid7
from tests.factories import City, Person, make_city
from tests.sync.pull_client import PullClient, fresh
from tests.sync.scenes import give, move_premises, part, redraw, revoke, settle, tag, take, visit

GRIDS = ("g1", "g2", "g3")
Numbers = tuple[int, int]


@dataclass
class Day:
    """One city with its people, what was made in it, and a phone for each of them."""

    city: City
    boss: Person
    phones: list[PullClient]
    homes: list[Any] = field(default_factory=list)
    cases: list[dict[str, Any]] = field(default_factory=list)
    held: dict[int, set[str]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    @classmethod
    def begin(cls, app: Any, settings: Any) -> "Day":
        city = make_city(app, settings)
        people = [
            city.worker("g1"),
            city.worker("g2"),
            city.person(Role.GIS, area="s"),
            city.handler("roads"),
        ]
        day = cls(city, city.supervisor("d"), [fresh(person) for person in people])
        day.held = {0: {"g1"}, 1: {"g2"}}
        return day

    def home(self, n: int) -> Any:
        return self.homes[n % len(self.homes)] if self.homes else None

    # --- what people do ---------------------------------------------------------------------------

    def settle(self, a: int, b: int) -> None:
        self.homes.append(
            settle(self.city, self.city.at(0.1 + a % 9 / 10, 0.1 + b % 18 / 10), residents=1 + a % 2)
        )

    def rename(self, a: int, b: int) -> None:
        if home := self.home(a):
            version = self.boss.get(f"/households/{home.household_id}").json["version"]
            self.boss.patch(f"/households/{home.household_id}", {"label": f"label {b}"}, version)

    def move(self, a: int, b: int) -> None:
        if home := self.home(a):
            move_premises(self.boss, home.premises_id, self.city.in_grid(GRIDS[b % 3]))

    def care(self, a: int, b: int) -> None:
        if home := self.home(a):
            visit(self.boss, home, outcome=("done", "nobody_home")[b % 2])
            members = self.boss.get(f"/households/{home.household_id}").json["members"]
            if members:
                tag(self.boss, members[b % len(members)]["id"])

    def give(self, a: int, b: int) -> None:
        held = self.held[a % 2]
        if GRIDS[b % 3] not in held:
            give(self.city, self.phones[a % 2].person, GRIDS[b % 3])
            held.add(GRIDS[b % 3])

    def take(self, a: int, b: int) -> None:
        take(self.city, self.phones[a % 2].person, GRIDS[b % 3])
        self.held[a % 2].discard(GRIDS[b % 3])

    def report(self, a: int, b: int) -> None:
        place = self.city.in_grid(GRIDS[a % 3]) if b % 5 else self.city.in_no_grid()
        body = {"id": str(uuid7()), "category": ("E0102", "0101", "E0690")[b % 3], **place}
        if b % 3 == 2:
            body["about"] = {"kind": "worker", "id": str(self.phones[a % 2].person.id)}
        answer = self.phones[b % 2].person.post("/incidents", body)
        assert answer.status_code == 201, answer.json
        self.cases.append(answer.json)

    def answer(self, a: int, b: int) -> None:
        """Let a worker accept, return or finish an assignment that they have."""
        person = self.phones[(0, 1, 3)[a % 3]].person
        items = person.get("/assignments").json["items"]
        if items:
            item = items[b % len(items)]
            if item["state"] == "accepted":
                for action in ("start", "feed_back"):
                    person.post(
                        f"/incidents/{item['incident']['id']}/transitions", {"action": action, "note": "done"}
                    )
            elif b % 2:
                person.post(f"/assignments/{item['id']}/accept", {})
            else:
                person.post(f"/assignments/{item['id']}/decline", {"reason": "too far"})

    def correct(self, a: int, b: int) -> None:
        if self.cases:
            case = self.boss.get(f"/incidents/{self.cases[a % len(self.cases)]['id']}").json
            place = self.city.in_grid(GRIDS[b % 3])
            change = ({"category": "0101"}, {"category": "E0690"}, place, {"category": "E0102"})[b % 4]
            self.boss.patch(f"/incidents/{case['id']}", {**change, "note": "seen there"}, case["version"])
            self.boss.post(f"/incidents/{case['id']}/notes", {"words": "look twice", "audience": "handlers"})

    def redraw(self, a: int, b: int) -> None:
        """The border between two grids moves."""
        y = 0.4 + (a * 7 + b) % 12 / 10
        ids = self.city.areas
        parts = [
            part(self.city, "g1", 0, y, 1, 2, id=ids["g1"]),
            part(self.city, "g2", 0, 0, 1, y, id=ids["g2"]),
        ]
        redraw(self.boss, self.city, parent="c1", replaces=["g1", "g2"], parts=parts)

    def change_role(self, a: int, b: int) -> None:
        person = self.phones[2].person
        if b % 2:
            revoke(person, "supervisor")
        else:
            revoke(person, "supervisor")
            self.city.grant(person, Role.SUPERVISOR, area=("c1", "s")[a % 2])

    # --- what phones do ---------------------------------------------------------------------------

    def pull(self, a: int, b: int) -> None:
        self.phones[a % 4].pull(limit=(1, 2, 7, 50, 1000)[b % 5])

    def lose(self, a: int, b: int) -> None:
        """Some pages arrive, the last one does not: nothing is applied, the old token stays."""
        for n, _ in enumerate(self.phones[a % 4].fetch(limit=2)):
            if n >= b % 4:
                return

    def ask_twice(self, a: int, b: int) -> None:
        """Every page is asked for twice, and things happen in between; the second answer is taken."""
        phone, pages, token = self.phones[a % 4], [], None
        token = phone.token
        while not pages or not pages[-1]["complete"]:
            phone.page(token, limit=5)
            if len(pages) < 3:
                ACTS[(a + b + len(pages)) % len(ACTS)](self, a, b)
            if not pages:
                first = phone.page(token, limit=5)
                pages.append(first)
            else:
                pages.append(phone.page(token, limit=5))
            token = pages[-1]["token"]
        phone.apply(pages)

    def follow_links(self, a: int, b: int) -> None:
        phone = self.phones[a % 4]
        if b % 3 == 0:
            phone.begin_anew()
        phone.pull(bootstrap="links")
        for link in phone.pages[0]["bootstrap"]:
            answer = phone.person.get(link["href"].removeprefix("/api/v1"))
            assert answer.status_code == 200, answer.text
            for row in answer.json["rows"]:
                phone.put(row)

    def compare(self) -> None:
        for phone in self.phones:
            phone.pull(limit=40)
            held, wanted = phone.state(), fresh(phone.person).state()
            differing = sorted(
                {key for key in held.keys() | wanted.keys() if held.get(key) != wanted.get(key)}
            )
            assert not differing, [(key, held.get(key), wanted.get(key)) for key in differing][:3]


Act = Callable[[Day, int, int], None]
ACTS: tuple[Act, ...] = (
    *(Day.settle, Day.settle, Day.rename, Day.move, Day.care, Day.give, Day.take, Day.report, Day.report),
    *(Day.answer, Day.answer, Day.correct, Day.redraw, Day.change_role),
)
PULLS: tuple[Act, ...] = (Day.pull, Day.pull, Day.lose, Day.ask_twice, Day.follow_links)

STEPS = st.lists(
    st.tuples(st.sampled_from(ACTS + PULLS), st.integers(0, 60), st.integers(0, 60)), min_size=5, max_size=30
)


def live(app: Any, settings: Any, steps: list[tuple[Act, int, int]]) -> None:
    day = Day.begin(app, settings)
    for act, a, b in steps:
        act(day, a, b)
    day.compare()
