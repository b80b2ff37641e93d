"""Start, supervision and stop of the server's processes.

No other module sets options of granian.
"""

import logging
import os
import resource
import time
from pathlib import Path
from typing import Any

from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server.mp import MPServer

from app.core import logs
from app.settings import Settings

log = logging.getLogger("gridward.server")

# So many deaths of worker processes within this time are no accident any more: the supervisor shall know.
MAX_DEATHS, WITHIN_SECONDS = 6, 60.0
# Event streams are long requests: with granian's defaults they would use up a process's share. So many more than
# streams may be open in a process.
BESIDE_STREAMS, BACKLOG = 1_000, 4_096


class Server(MPServer):
    """granian's server with two changes.

    The first: granian stops if a new process dies within 5.5 s after it replaced another one, so two unlucky kills are enough.
    This server stops only if several processes die within a minute. The second: a second signal ends all processes at once.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._deaths: list[float] = []

    def _respawn_workers(self, workers: Any, *args: Any, **options: Any) -> None:
        now = time.monotonic()
        self._deaths = [at for at in self._deaths if now - at < WITHIN_SECONDS] + [now] * len(workers)
        if len(self._deaths) > 2:
            time.sleep(min(0.25 * 2 ** len(self._deaths), 5.0))
        super()._respawn_workers(workers, *args, **options)
        if len(self._deaths) < MAX_DEATHS:
            self.respawned_wrks.clear()

    def signal_handler_interrupt(self, *args: Any, **options: Any) -> None:
        if self.interrupt_signal:
            log.warning("second signal: open requests are cut")
            for worker in list(self.wrks):
                worker.kill()
        super().signal_handler_interrupt(*args, **options)

    def shutdown(self, exit_code: int = 0) -> None:
        if self.interrupt_signal:
            self.interrupt_children.clear()  # the signal reached the group: that they end is what was asked for
        super().shutdown(exit_code)


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT.

    The process exits with 1 if the server's processes keep dying.
    """
    _open_as_many_files_as_allowed(settings)
    metrics = Path(os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(settings.state_dir / "prometheus")))
    metrics.mkdir(parents=True, exist_ok=True)
    remove_metrics_of_dead_processes(metrics)
    Server(
        "app.server:application",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.RSGI,
        workers=settings.workers,
        websockets=False,
        backlog=BACKLOG,
        backpressure=settings.streams_per_process + BESIDE_STREAMS,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=round(settings.stop_notice_seconds + settings.stop_seconds),
        log_dictconfig=logs.config(settings.log_level, settings.log_format),
        log_level=LogLevels(settings.log_level),
        loop=Loops.asyncio,
    ).serve()


def _open_as_many_files_as_allowed(settings: Settings) -> None:
    """Raise the limit of open files of this process to the hard limit.

    Shells and service managers start processes with 1,024, which the event streams could exceed.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    needed = settings.streams_per_process + BESIDE_STREAMS
    if hard != resource.RLIM_INFINITY and hard < needed:
        log.warning(
            "a process may open %d files; %d streams need %d", hard, settings.streams_per_process, needed
        )


def remove_metrics_of_dead_processes(folder: Path) -> None:
    """Delete the metrics files of processes that have ended.

    Counters then begin at zero, as Prometheus expects after a restart.
    """
    for file in folder.glob("*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdigit() and not Path("/proc", pid).exists():
            file.unlink(missing_ok=True)


__all__ = ["Server", "remove_metrics_of_dead_processes", "serve"]
