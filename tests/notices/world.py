"""Homes and notices that many tests need."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from app.households import service as households
from tests.factories import City, Person, in_days

TEXTS = {
    "zh": {"title": "停水通知", "text": "周五八时至十二时停水。"},
    "en": {"title": "Water off", "text": "No water on Friday from 8 to 12."},
}


@dataclass
class NoticeWorld:
    """A city, its two supervisors of the street, and the ids of the homes by grid."""

    city: City
    homes: dict[str, list[UUID]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.author = self.city.supervisor()
        self.second = self.city.supervisor()

    def settle(self, grid: str, count: int = 1, **columns: Any) -> list[UUID]:
        """Register dwellings with one resident each in a grid; return the ids of their households."""
        point = self.city.in_grid(grid)
        rows = [
            {
                "jurisdiction_id": self.city.jurisdiction_id,
                "kind": "dwelling",
                "address": f"幸福路{uuid7()}号",
                "is_generated": True,
                "residents": [{"name": "张三丰"}],
                **point,
                **columns,
            }
            for _ in range(count)
        ]
        with db.transaction(SYSTEM) as session:
            made = households.register_many(session, SYSTEM, rows=rows)
        ids = [home.household_id for home in made if home.household_id]
        self.homes.setdefault(grid, []).extend(ids)
        return ids

    def draft(self, person: Person | None = None, **members: Any) -> dict[str, Any]:
        """Write a notice to the whole street, unless members say otherwise."""
        answer = (person or self.author).post("/notices", self.body(**members))
        assert answer.status_code == 201, answer.json
        result: dict[str, Any] = answer.json
        return result

    def body(self, **members: Any) -> dict[str, Any]:
        body = {
            "sender_area_id": str(self.city.areas["s"]),
            "purpose": "works",
            "texts": TEXTS,
            "channels": ["visit", "link", "paper"],
            "area_ids": [str(self.city.areas["s"])],
            "valid_until": in_days(14),
        }
        return body | members

    def reach(self, notice: dict[str, Any], person: Person | None = None) -> int:
        answer = (person or self.author).get(f"/notices/{notice['id']}/preview")
        assert answer.status_code == 200, answer.json
        result: int = answer.json["households"]
        return result

    def publish(self, notice: dict[str, Any], households: int | None = None) -> dict[str, Any]:
        """Publish a notice with the number of its preview."""
        number = self.reach(notice) if households is None else households
        answer = self.author.post(f"/notices/{notice['id']}/publish", {"confirmed_households": number})
        assert answer.status_code == 200, answer.json
        result: dict[str, Any] = answer.json
        return result

    def published(self, **members: Any) -> dict[str, Any]:
        return self.publish(self.draft(**members))

    def tell(self) -> None:
        """Publish a notice to one household and tell it."""
        (home,) = self.settle("g1")
        notice = self.published()
        receipt = {"id": str(uuid7()), "state": "told"}
        answer = self.author.post(f"/notices/{notice['id']}/households/{home}/receipts", receipt)
        assert answer.status_code == 201, answer.json

    def previewed(self, notice: dict[str, Any], **query: Any) -> list[str]:
        """Return the ids of all pages of the preview."""
        return pages(self.author, f"/notices/{notice['id']}/preview/households", **query)

    def addressees(self, notice: dict[str, Any], *, opted_out: bool = False) -> list[str]:
        """Return the ids of the stored addressees."""
        rows = sql(
            "select household_id from notice_household where notice_id = :id and (state = 'opted_out') = :opted_out"
            " order by household_id",
            id=notice["id"],
            opted_out=opted_out,
        )
        return [str(row.household_id) for row in rows]

    def opt_out(self, household_id: UUID, purpose: str | None = None, channel: str | None = None) -> None:
        sql(
            "insert into notice_opt_out (id, household_id, purpose, channel, recorded_at)"
            " values (:id, :household_id, :purpose, :channel, :now)",
            id=uuid7(),
            household_id=household_id,
            purpose=purpose,
            channel=channel,
            now=clock.now(),
        )


def pages(person: Person, path: str, **query: Any) -> list[str]:
    """Return the ids of the households of all pages of a list."""
    ids: list[str] = []
    cursor = None
    for _ in range(1_000):
        given = {"limit": 2, **query} | ({"cursor": cursor} if cursor else {})
        answer = person.get(path, query_string=given)
        assert answer.status_code == 200, answer.json
        ids += [item["household"]["id"] for item in answer.json["items"]]
        cursor = answer.json["next"]
        if cursor is None:
            return ids
    raise AssertionError("the list does not end")


def sql(statement: str, **binds: Any) -> Any:
    with db.transaction(SYSTEM) as session:
        result: Any = session.execute(text(statement), binds)
        return result.all() if result.returns_rows else None


def audited(notice: dict[str, Any]) -> list[str]:
    """Return the actions on a notice in the audit trail, the oldest first."""
    return [
        row.action
        for row in sql("select action from audit_event where entity_id = :id order by id", id=notice["id"])
    ]
