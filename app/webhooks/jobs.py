"""Jobs that send webhooks and delete old messages."""

from app.core import db, jobs
from app.core.actor import SYSTEM
from app.core.outgoing import allowed_of
from app.settings import Settings
from app.webhooks import service


@jobs.app.task(name="webhooks.send", queue=jobs.WEBHOOKS, retry=jobs.RETRY)
def send() -> None:
    """Send all messages that are due. A trigger adds this job with new events, and a failed attempt with its pause."""
    run_due(Settings.from_env())


@jobs.app.periodic(cron="* * * * * */15")
@jobs.app.task(name="webhooks.run_due", queue=jobs.WEBHOOKS, queueing_lock="webhooks.run_due")
def tick(timestamp: int) -> None:
    """Send four times a minute what no other job has sent, and delete old messages once an hour."""
    settings = Settings.from_env()
    run_due(settings)
    if timestamp % 3_600 < 15:
        jobs.run_until_none_left(lambda session: service.delete_old(session, settings=settings))


def sender_of(settings: Settings) -> service.Sender:
    """Return the sender of this process."""
    return service.Sender(
        client=service.client_with(allowed_of(settings)),
        server_key=service.server_key(settings),
        pauses_s=settings.webhook_pauses_s,
        failing_days=settings.webhook_failing_days,
    )


def run_due(settings: Settings) -> None:
    """Send what is due. If the time of a job is up, another one goes on."""
    if service.send_due(sender_of(settings)):
        with db.transaction(SYSTEM) as session:
            service.wake(session)
