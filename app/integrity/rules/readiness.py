"""Requirements before an installation goes live: classes, and checks of settings and files.

The requirements on stored data are in `app.integrity.queries.readiness`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from app.settings import is_loopback

MAX_LISTED = 10
CALENDAR_DAYS = 90
# A statement that runs longer than this keeps a thread and a connection from everybody else.
STATEMENT_TIMEOUT_MOST_MS = 60_000
# The pools of `core.db` in each process, and by how much each may grow over its size, which is 4 in the job worker.
POOLS = 4
POOL_OVERFLOW = 4
JOB_POOL_SIZE = 4
# Of the event streams in each server process, and of the queue beside the jobs under way.
RELAY = 1
QUEUE = 2


@dataclass(frozen=True, slots=True)
class Requirement:
    """A requirement that an installation must meet before it goes live.

    Attributes:
        sentence: The state that is required.
        remedy: What the operator has to do to meet it.
        is_blocking: True: the installation must not go live without it. False: a missing requirement is only a warning.
    """

    code: str
    sentence: str
    remedy: str
    is_blocking: bool = False


@dataclass(frozen=True, slots=True)
class Lack:
    """The result of the check of one requirement.

    Attributes:
        count: The number of objects that do not meet the requirement. 0: the requirement is met.
        names: Names of the first of these objects.
    """

    code: str
    sentence: str
    remedy: str
    is_blocking: bool
    count: int
    names: tuple[str, ...]

    @property
    def verdict(self) -> str:
        return "ok" if not self.count else "MISSING" if self.is_blocking else "WARNING"


@dataclass(frozen=True, slots=True)
class Process:
    """Settings and files of the server and job processes of an installation."""

    host: str
    is_demo: bool
    workers: int
    threads: int
    job_concurrency: int
    statement_timeout_ms: int
    schema_wanted: str | None
    # Permission bits of the signing key's file; None: there is no file yet.
    signing_key_mode: int | None
    # What is wrong with the database logins of server and jobs.
    login_faults: tuple[str, ...] = ()
    # What keeps the ledger of erasures from being written; and days for which reporters are kept (0: without end).
    ledger_fault: str | None = None
    reporter_days: int = 0
    # What is wrong with the file or the settings of the base map.
    base_map_fault: str | None = None


def lack_of(
    requirement: Requirement,
    names: Iterable[str],
    *,
    count: int | None = None,
    listed: int | None = MAX_LISTED,
) -> Lack:
    """Build the result of a check from the names of the objects that fail the requirement.

    Args:
        names: The names of these objects, or of the first ones.
        count: The number of these objects. None: the number of `names`.
        listed: How many names the result has at most. None: all.
    """
    lacking = tuple(names)
    return Lack(
        requirement.code,
        requirement.sentence,
        requirement.remedy,
        requirement.is_blocking,
        len(lacking) if count is None else count,
        lacking[:listed],
    )


def connections_wanted(process: Process) -> int:
    """Return how many database connections server and job processes open at most, together.

    docs/how-to/operations.md has the same formula for `max_connections`.
    """
    servers = process.workers * (POOLS * (process.threads + POOL_OVERFLOW) + RELAY)
    jobs = POOLS * (JOB_POOL_SIZE + POOL_OVERFLOW) + process.job_concurrency + QUEUE
    return servers + jobs


def of_process(process: Process) -> list[Lack]:
    """Check the requirements on settings and files, and return the results."""
    open_to_others = process.signing_key_mode is not None and process.signing_key_mode & 0o077
    timeout = process.statement_timeout_ms
    return [
        lack_of(DEMO_MODE, ["GRIDWARD_DEMO=1"] if process.is_demo else []),
        lack_of(DATABASE_LOGIN, process.login_faults),
        lack_of(HOST_LOCAL, [] if is_loopback(process.host) else [f"HOST={process.host}"]),
        lack_of(SIGNING_KEY, [f"mode {process.signing_key_mode:04o}"] if open_to_others else []),
        lack_of(ERASURE_LEDGER, [process.ledger_fault] if process.ledger_fault else []),
        lack_of(REPORTERS_KEPT, [] if process.reporter_days else ["GRIDWARD_REPORTER_DAYS=0"]),
        lack_of(BASE_MAP, [process.base_map_fault] if process.base_map_fault else []),
        lack_of(
            STATEMENT_TIMEOUT,
            [] if 0 < timeout <= STATEMENT_TIMEOUT_MOST_MS else [f"GRIDWARD_STATEMENT_TIMEOUT_MS={timeout}"],
        ),
    ]


DEMO_MODE = Requirement(
    "demo_mode",
    "The demo is off.",
    "Set GRIDWARD_DEMO=0, and start with a database of your own.",
    is_blocking=True,
)
DATABASE_LOGIN = Requirement(
    "database_login",
    "Server and jobs log in to the database without rights to change its schema.",
    "gridward db upgrade makes such logins; name no other ones (docs/how-to/operations.md, Database logins).",
    is_blocking=True,
)
HOST_LOCAL = Requirement(
    "host_not_local",
    "The server, which speaks plain HTTP, listens to this machine only.",
    "Allow only a proxy with TLS to reach this address, or leave HOST at 127.0.0.1.",
)
SIGNING_KEY = Requirement(
    "signing_key_open",
    "Only the user of the server can read the key that signs access tokens.",
    "Run chmod 600 on the file that GRIDWARD_SIGNING_KEY_FILE names. If it may have been read, "
    "delete it and restart.",
    is_blocking=True,
)
STATEMENT_TIMEOUT = Requirement(
    "statement_timeout",
    "A statement of a request ends after a minute at the latest.",
    "Set GRIDWARD_STATEMENT_TIMEOUT_MS; 5000 is what Gridward was measured with.",
)
ERASURE_LEDGER = Requirement(
    "erasure_ledger",
    "Erasures are recorded outside the database, so that they can be repeated after a restore.",
    "Set GRIDWARD_ERASURE_LEDGER to a folder beside the backups that all machines share.",
)
REPORTERS_KEPT = Requirement(
    "reporters_kept",
    "Reporters are erased some time after their cases ended.",
    "Set GRIDWARD_REPORTER_DAYS to the retention period that your law and archive require.",
)
BASE_MAP = Requirement(
    "base_map_unusable",
    "The base map that is configured can be drawn.",
    "Set GRIDWARD_BASE_MAP to a file that `gridward basemap import` wrote (docs/how-to/base-map.md), or to nothing.",
)
CALENDAR = Requirement(
    "calendar_ends",
    f"The holidays and swapped work days of each jurisdiction are known for the next {CALENDAR_DAYS} days.",
    "Publish the calendar of the coming year: `POST /api/v1/jurisdictions/{code}/profile`.",
)
DEMO_PASSWORD = Requirement(
    "demo_password",
    "No account has the demo's public password.",
    "Disable these accounts, or let their owners choose a password.",
    is_blocking=True,
)
CONNECTIONS = Requirement(
    "connections",
    "The database allows as many connections as servers and job worker may open.",
    "Raise max_connections, or lower GRIDWARD_WORKERS and GRIDWARD_THREADS.",
    is_blocking=True,
)
SCHEMA = Requirement(
    "schema_behind",
    "The schema is the one that this version was written for.",
    "gridward db upgrade",
    is_blocking=True,
)
SCHEMA_WHOLE = Requirement(
    "schema_damaged",
    "The schema is complete: nothing that the migrations create is missing, disabled or changed.",
    "Restore again, or create the named objects again: docs/how-to/operations.md, When the schema is damaged.",
    is_blocking=True,
)
BACKUPS = Requirement(
    "backups_unknown",
    "Backups exist and have been restored once (nothing here can know that).",
    "Set up backups, restore one into an empty database, and run gridward check on it.",
)
