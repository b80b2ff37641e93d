"""Jobs that send the messages of the outbox and delete old ones."""

from collections.abc import Mapping

from app.alerts import service
from app.alerts.service.channels import Channel
from app.alerts.service.subscriptions import WEB_PUSH
from app.alerts.service.web_push import WebPush
from app.core import clock, db, jobs, outbox
from app.core.actor import SYSTEM
from app.settings import Settings


@jobs.app.task(name="alerts.send", queue=jobs.ALERTS, retry=jobs.RETRY)
def send() -> None:
    """Send all messages that are due. A trigger adds this job with each message, and a failed attempt with its pause."""
    send_due(channels_of(Settings.from_env()))


@jobs.app.periodic(cron="* * * * *")
@jobs.app.task(name="alerts.run_due", queue=jobs.ALERTS, queueing_lock="alerts.run_due")
def tick(timestamp: int) -> None:
    """Send each minute what a killed job left behind, and delete old messages and subscriptions."""
    send_due(channels_of(Settings.from_env()))
    with db.transaction(SYSTEM) as session:
        service.delete_old(session, now=clock.now())


def channels_of(settings: Settings) -> Mapping[str, Channel]:
    """Return the channels by name."""
    return {WEB_PUSH: WebPush(settings)}


def send_due(channels: Mapping[str, Channel]) -> int:
    """Send the messages that are due, one after another. Return the number of attempts."""
    return outbox.send_due(
        lambda session, now: service.claim_message(session, now=now),
        lambda message: service.deliver(message, channels),
        lambda session, message, outcome, now: service.settle(session, message, outcome, now=now),
        task="alerts.send",
        queue=jobs.ALERTS,
    )
