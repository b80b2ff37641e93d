"""Jobs that send e-mail and SMS, and delete old messages."""

from collections.abc import Mapping

from app.core import jobs, outbox
from app.messages import service
from app.settings import Settings


@jobs.app.task(name="messages.send", queue=jobs.MESSAGES, retry=jobs.RETRY)
def send() -> None:
    """Send all messages that are due. The cause of a message adds this job, and a failed attempt with its pause."""
    send_due(Settings.from_env())


@jobs.app.periodic(cron="* * * * *")
@jobs.app.task(name="messages.run_due", queue=jobs.MESSAGES, queueing_lock="messages.run_due")
def tick(timestamp: int) -> None:
    """Send each minute what a killed job left behind, and delete old messages once an hour."""
    settings = Settings.from_env()
    send_due(settings)
    if timestamp % 3_600 < 60:
        jobs.run_until_none_left(lambda session: service.delete_old(session, settings=settings))


def send_due(
    settings: Settings,
    channels: Mapping[str, service.Channel] | None = None,
    *,
    seconds: float = outbox.SLICE_SECONDS,
) -> int:
    """Send the messages that are due, one after another, until the time is up. Return the number of attempts."""
    sender = service.Sender(service.channels_of(settings) if channels is None else channels, settings)
    return outbox.send_due(
        sender.claim,
        sender.deliver,
        sender.settle,
        task="messages.send",
        queue=jobs.MESSAGES,
        seconds=seconds,
    )
