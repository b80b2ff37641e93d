"""Programs of other authorities in the demo: the service account of a hotline, and a webhook. No credential is made."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core.actor import SYSTEM, Permission
from app.demo.divisions import district
from app.demo.people import City
from app.settings import Settings
from app.webhooks import service as webhooks

HOTLINE = "hotline-12345"
# A name that no server can have (RFC 6761).
_RECEIVER = "https://hotline.gridward.invalid/events"


def hotline_id(city: City) -> UUID:
    """Return the id of the service account of the hotline."""
    return city.id_of(f"service:{HOTLINE}")


def make_hotline(session: Session, city: City) -> None:
    """Store the service account of the hotline."""
    new = accounts.NewServiceAccount(
        client_id=HOTLINE,
        name="12345 热线（演示）",
        kind="system",
        permissions=[Permission.AREA_READ, Permission.INCIDENT_REPORT, Permission.INCIDENT_READ],
        purpose="演示：热线受理的诉求转为案件。负责人：演示管理员。",
    )
    area_id = city.area_ids[district().code]
    accounts.create_service_account(session, SYSTEM, new, area_ids=[area_id], id=hotline_id(city))


def subscribe(session: Session, city: City, settings: Settings) -> None:
    """Store a paused webhook of the administrator, unless there is one. Its receiver does not exist."""
    admin = city.actor(city.named("demo-admin"))
    if webhooks.list_subscriptions(session, admin)["items"]:
        return
    new = webhooks.NewSubscription(
        url=_RECEIVER,
        description="12345 热线（演示，接收方不存在）",
        types=["case.reported", "case.closed", "case.reopened"],
    )
    made = webhooks.subscribe(session, admin, new, settings=settings)
    webhooks.change(session, admin, subscription_id=made["id"], changes={"state": "paused"})
