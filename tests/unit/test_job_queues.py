"""Job queues: slow jobs and jobs on files of others stay out of the queue that people wait for."""

import importlib
from pathlib import Path

from app.core import jobs
from app.settings import Settings

APP = Path(jobs.__file__).parents[1]
AWAITED = {
    "accounts.run_due",
    "areas.run_due",
    "incidents.count_open",
    "incidents.follow_up",
    "incidents.move_on",
    "incidents.run_due",
    "media.run_due",
    "notices.put_tasks",
    "notices.run_due",
    "notices.watch_tasks",
    "public.run_due",
    "ogc.fold_tile_changes",
    "workforce.watch_sos",
}


def test_every_job_is_in_its_expected_queue():
    for path in [*APP.glob("*/jobs.py"), APP / "core/retention.py"]:
        importlib.import_module(".".join(("app", path.parent.name, path.stem)))
    queues: dict[str, set[str]] = {}
    for name, task in jobs.app.tasks.items():
        if not name.startswith(("builtin:", "procrastinate.")):
            queues.setdefault(task.queue, set()).add(name)
    assert queues[jobs.QUEUE] == AWAITED
    assert {name.partition(".")[0] for name in queues[jobs.FILES]} == {"exchange", "media", "open311"}
    assert queues[jobs.ALERTS] == {"alerts.send", "alerts.run_due"}
    assert {name.partition(".")[0] for name in queues[jobs.WEBHOOKS]} == {"webhooks"}
    assert queues[jobs.MESSAGES] == {"messages.send", "messages.run_due", "notices.make_messages"}
    assert queues[jobs.PUBLICATIONS] == {"notices.resume_publications", "notices.store_addressees"}
    wanted = {jobs.MESSAGES, jobs.PUBLICATIONS, jobs.QUEUE, jobs.SLOW, jobs.FILES, jobs.ALERTS, jobs.WEBHOOKS}
    assert queues.keys() == Settings().job_places().keys() == wanted
