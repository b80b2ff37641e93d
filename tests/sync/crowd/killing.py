"""Kill -9 PostgreSQL and have it back at once."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.live.processes import children_of, is_alive
from tests.waits import eventually


def kill_postgres(cluster: Any, pause: float, *, all_at_once: bool) -> None:
    """Kill it and start it again. All of it at once, or the first process only: the others find out and end.

    It begins by the very command line that was killed, without the script that made it: of a second that it was away,
    half was the script's.
    """
    first = cluster.child.pid
    command = Path(f"/proc/{first}/cmdline").read_bytes().split(b"\0")[:-1]
    owner = Path(f"/proc/{first}").stat()
    others = children_of(first)
    cluster.child.kill()
    if all_at_once:
        for pid in others:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    cluster.child.wait()
    eventually(lambda: not any(is_alive(pid) for pid in others), seconds=30)
    time.sleep(pause)  # pause: how long the database is down
    as_owner = ["setpriv", f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups"]
    for _ in range(100):  # its shared memory may still be held for a moment
        with cluster.log.open("ab") as log:
            cluster.child = subprocess.Popen(
                [*(as_owner if os.getuid() == 0 else ["setpriv"]), "--pdeathsig=INT", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                start_new_session=True,
            )
        eventually(lambda: cluster.child.poll() is not None or cluster.answers(), seconds=60)
        if cluster.child.poll() is None:
            return
        time.sleep(0.1)  # pause: before another attempt to start
    raise AssertionError(f"PostgreSQL does not begin: {cluster.log.read_text(errors='replace')[-2000:]}")
