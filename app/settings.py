"""Settings: limits, timeouts and paths, read once from the environment; those not in VARIABLES are constants."""

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.admission_settings import ADMISSION_VARIABLES
from app.message_settings import MESSAGE_VARIABLES, MessageSettings
from app.open311_settings import OPEN311_VARIABLES

Network = IPv4Network | IPv6Network
# A path of ours stands under: segments that begin with no dot.
PREFIX = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")
ANY_PREFIX = re.compile(f"({PREFIX.pattern})?")
HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
ORIGIN = re.compile(rf"https?://({HOST.pattern}|\[[0-9a-f:.]+\])(:[0-9]{{1,5}})?")
PUBLIC = re.compile(f"({ORIGIN.pattern})({PREFIX.pattern})?")
ROUTER = re.compile(ORIGIN.pattern + r"(/[A-Za-z0-9._~-]+)*/?")
# A template of tiles: an origin, and a path in which zoom, column and row stand.
TILES = re.compile(ORIGIN.pattern + r"/[A-Za-z0-9._~/?=&%:@+,;{}-]*")
QUOTAS = re.compile(r"off|[a-z]+=[0-9]{1,7}(,[a-z]+=[0-9]{1,7})*")


@dataclass(frozen=True, slots=True)
class Settings(MessageSettings):
    # The database with its owner's login; and the logins of server and jobs, if not gridward_app's and gridward_job's.
    database_url: str = ""
    app_database_url: str = ""
    job_database_url: str = ""
    state_dir: Path = Path(".run")
    signing_key_file: Path = Path(".run/signing-key.pem")
    issuer: str = "gridward"
    is_demo: bool = False
    # Where bin/web puts the web front ends, and bin/docs the documentation site.
    web_dir: Path = Path(__file__).parents[1] / "web" / "dist"
    docs_dir: Path = Path(__file__).parents[1] / "build" / "docs"

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    threads_per_worker: int = 2
    # After SIGTERM: so long /readyz says 503 while all is still answered, and then so long a request may run.
    stop_notice_seconds: float = 1.0
    stop_seconds: int = 10
    log_level: str = "info"
    log_format: str = "json"
    # Connections over which no byte went for so long are closed.
    connection_idle_seconds: int = 120
    # Where people reach the server, such as https://grid.example/gridward: fixes scheme, host and path of all links.
    public_url: str = ""
    # Addresses whose X-Forwarded-* headers are believed, and the path under which everything is served.
    trusted_proxies: tuple[Network, ...] = ()
    path_prefix: str = ""
    # Other sites whose pages may read and write with a token of their user.
    cors_origins: tuple[str, ...] = ()
    # Hosts and networks to which outgoing requests may go by http, at any port and address.
    outgoing_allowed: tuple[str | Network, ...] = ()
    # Whoever presents it may read /metrics; without one, only callers on this machine.
    metrics_token: str = ""

    # Under all maps: a PMTiles file in the Protomaps schema; or raster tiles from elsewhere, by a template with {z}, {x}, {y}.
    base_map: Path | None = None
    base_map_url: str = ""
    base_map_crs: str = "wgs84"
    base_map_attribution: str = ""
    base_map_zoom: int = 18

    statement_timeout_ms: int = 5_000
    # A job's look for signals goes over all cases and homes of a city, and nobody waits for it.
    signal_statement_timeout_ms: int = 120_000
    body_limit_bytes: int = 1_000_000
    import_limit_bytes: int = 50_000_000
    import_at_once_bytes: int = 50_000
    import_errors_kept: timedelta = timedelta(days=14)
    # Files of exports are kept for so many days; so many homes may somebody take in a day without a second person.
    export_days: int = 7
    export_homes_alone: int = 5_000
    # What is answered at once, without a job.
    export_at_once_rows: int = 50_000
    export_at_once_seconds: int = 30
    page_limit_max: int = 500
    page_limit_default: int = 50

    # A URL: file:///folder, or s3://bucket/prefix?endpoint=...; empty: the folder `media` under the state.
    media_store: str = ""
    media_spool: str = ""
    media_limit_bytes: int = 64_000_000
    media_megapixels: int = 40
    # Days for which an upload may be resumed, and for which what hangs on nothing is kept.
    media_upload_days: int = 7
    # What one account may begin to send. A phone that was away for days sends all its photos at once.
    uploads_per_hour: int = 1_000
    upload_bytes_per_day: int = 10_000_000_000
    media_loose_days: int = 30

    access_token_life: timedelta = timedelta(minutes=10)
    refresh_idle_life: timedelta = timedelta(days=14)
    session_life: timedelta = timedelta(days=30)
    refresh_grace: timedelta = timedelta(minutes=10)
    one_time_password_life: timedelta = timedelta(days=3)
    sign_in_window: timedelta = timedelta(minutes=15)
    sign_in_failures_per_name: int = 10
    sign_in_failures_per_address: int = 100
    password_hashes_in_flight: int = 2
    argon2_memory_kib: int = 19_456
    argon2_time_cost: int = 2

    # Event streams: how often something is sent that keeps them open, and how many of them one process holds.
    stream_ping_seconds: float = 15.0
    streams_per_account: int = 20
    streams_per_process: int = 3_000
    # Requests in a minute by class of work, unless those of `app.core.quotas`.
    quotas: str = ""

    # How often one person may be shown personal fields of residents, which is on the record, and export all of a person.
    reveals_per_window: int = 60
    person_exports_per_window: int = 10
    reveal_window: timedelta = timedelta(hours=1)

    # A push: its body once unpacked, one operation in it, and how long it may go on before the rest is sent again.
    push_limit_bytes: int = 16_000_000
    push_op_limit_bytes: int = 100_000
    push_seconds: int = 15
    late_hours: int = 72  # how long work in a grid is accepted after another worker got the grid
    dead_letter_days: int = 180
    # How often one person may look where others are or were, or compare distances for a case; all is on the record.
    locates_per_window: int = 120
    candidates_per_window: int = 600
    locate_window: timedelta = timedelta(hours=1)
    # Days for which single fixes are kept, and the line that is made of them when duty ends.
    position_days: int = 30
    track_days: int = 180
    plan_days: int = 7  # days for which the plan of a day that is over is kept
    dispatch_input_days: int = 180
    tile_cache_mb: int = 64

    # OSRM servers of a street network, one for each mode; without one a way is a straight line times a factor.
    router_walk_url: str = ""
    router_bicycle_url: str = ""
    # A place farther than this from a street is left to the straight line; places in one request; seconds for one
    # request, for one batch or plan, and (milliseconds) for ranking as a report comes in.
    router_snap_m: int = 200
    router_places_most: int = 100
    router_seconds: float = 2.0
    router_run_seconds: float = 5.0
    router_rank_ms: int = 200

    # So long nobody acknowledges a call for help before those above are told; how long its place is kept once closed.
    sos_escalate_minutes: int = 3
    sos_place_hours: int = 24

    # Days for which a repeated request is recognised, and a client of sync may have been away. The first is longer: a
    # phone that lay in a drawer sends its queue however old it is, and must not do again what was answered unheard.
    applied_op_days: int = 400
    # Days after the end of a case for which its reporter is kept, unless an account of ours; 0: without end.
    reporter_days: int = 0
    # A folder outside the database that names who was erased, for the time after a restore; empty: none.
    erasure_ledger: str = ""
    change_log_days: int = 90
    job_poll_seconds: float = 0.3
    # Jobs at a time: those that somebody waits for, slow ones, and those that read and write files.
    job_concurrency: int = 3
    job_slow_concurrency: int = 2
    job_files_concurrency: int = 2
    # Webhooks: pauses between attempts, and days of failures after which a subscription is paused.
    webhook_pauses_s: tuple[int, ...] = (5, 300, 1_800, 7_200, 18_000, 36_000, 36_000)
    webhook_failing_days: int = 3

    @classmethod
    def from_env(cls) -> "Settings":
        """Return the settings from the environment variables in VARIABLES.

        A variable that is unset or empty leaves the default.

        Raises:
            ValueError: A value is wrong. The message names the variable and what it accepts, but not the value.
        """
        values: dict[str, Any] = {"log_format": "text" if sys.stderr.isatty() else "json"}
        for name, (field, read, needs) in VARIABLES.items():
            value = os.environ.get(name)
            if value:
                try:
                    values[field] = read(value)
                except ValueError:
                    raise ValueError(f"{name}: {needs} is needed") from None
        if "state_dir" in values:
            values.setdefault("signing_key_file", values["state_dir"] / "signing-key.pem")
        if values.get("base_map") and values.get("base_map_url"):
            raise ValueError("GRIDWARD_BASE_MAP: a file or GRIDWARD_BASE_MAP_URL is needed, not both")
        if values.get("public_url"):
            values["path_prefix"] = _path_of(values["public_url"], values.get("path_prefix"))
        return cls(**values)

    @property
    def is_reachable(self) -> bool:
        """Return True if other machines can reach the server, directly or through a proxy."""
        public_host = urlsplit(self.public_url).hostname
        return not all(map(is_loopback, filter(None, (self.host, public_host)))) or bool(self.trusted_proxies)

    @property
    def password_places(self) -> int:
        """Return the maximum number of passwords that a process hashes at the same time.

        In a process with two or more threads it is lower than the number of threads.
        """
        return max(1, min(self.password_hashes_in_flight, self.threads_per_worker - 1))

    def job_places(self) -> dict[str, int]:
        """Return the maximum number of concurrent jobs of each queue (`app.core.jobs`)."""
        names = ("default", "slow", "files", "alerts", "webhooks", "messages", "publications")
        slots = (self.job_concurrency, self.job_slow_concurrency, self.job_files_concurrency, 2, 2, 2, 1)
        return dict(zip(names, slots, strict=True))

    def spool_folder(self) -> Path:
        """Return the folder for temporary files without names, which vanish when their process ends."""
        folder = Path(self.media_spool) if self.media_spool else self.state_dir / "spool"
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _path_of(public_url: str, path_prefix: str | None) -> str:
    """Return the path of the public URL, the path prefix of the server. A different GRIDWARD_PATH_PREFIX is a ValueError."""
    path = urlsplit(public_url).path
    if path_prefix not in (None, path):
        raise ValueError("GRIDWARD_PATH_PREFIX: the path of GRIDWARD_PUBLIC_URL, or nothing, is needed")
    return path


def is_loopback(host: str) -> bool:
    """Return True if only this machine can reach the address or host name."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _one_of(*allowed: str) -> tuple[Callable[[str], str], str]:
    def read(value: str) -> str:
        if value.lower() not in allowed:
            raise ValueError
        return value.lower()

    return read, f"one of {', '.join(allowed)}"


def _whole_number(lowest: int, highest: int = 1_000_000_000) -> tuple[Callable[[str], int], str]:
    def read(value: str) -> int:
        if not lowest <= int(value) <= highest:
            raise ValueError
        return int(value)

    return read, f"a whole number from {lowest} to {highest}"


def _megabytes(lowest: int, highest: int) -> tuple[Callable[[str], int], str]:
    read, needs = _whole_number(lowest, highest)
    return lambda value: read(value) * 1_000_000, needs


def _seconds(lowest: int) -> tuple[Callable[[str], float], str]:
    def read(value: str) -> float:
        if not lowest <= float(value) <= 600:
            raise ValueError
        return float(value)

    return read, f"seconds from {lowest} to 600"


def _text_like(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not pattern.fullmatch(text.rstrip("/")):
            raise ValueError
        return text.rstrip("/")

    return read


def _pauses(text: str) -> tuple[int, ...]:
    return tuple(map(_whole_number(1, 604_800)[0], text.split(",")))


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def _hosts(text: str) -> tuple[str | Network, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return tuple(p if HOST.fullmatch(p) and re.search("[a-z]", p) else ip_network(p) for p in parts)


def _store_url(text: str) -> str:
    if not text.startswith(("file:///", "s3://")) or "@" in text:
        raise ValueError
    return text


def _tiles(text: str) -> str:
    if not TILES.fullmatch(text) or sorted(re.findall(r"\{..?", text)) != ["{x}", "{y}", "{z}"]:
        raise ValueError
    return text


def _secret(text: str) -> str:
    if len(text) < 16:
        raise ValueError
    return text


def _origins(value: str) -> tuple[str, ...]:
    """Parse web origins: scheme, lower-case host, port unless it is the default one, no path."""
    origins = tuple(part.strip() for part in value.split(",") if part.strip())
    if not all(ORIGIN.fullmatch(part) for part in origins):
        raise ValueError
    return origins


# name: (field, how it is read, what is needed). app/reference/setting_texts.py describes each.
VARIABLES: dict[str, tuple[str, Callable[[str], Any], str]] = {
    "DATABASE_URL": ("database_url", str, "a URL"),
    "GRIDWARD_APP_DATABASE_URL": ("app_database_url", str, "a URL"),
    "GRIDWARD_JOB_DATABASE_URL": ("job_database_url", str, "a URL"),
    "HOST": ("host", str, "an address"),
    "PORT": ("port", *_whole_number(1, 65_535)),
    "GRIDWARD_STATE_DIR": ("state_dir", Path, "a folder"),
    "GRIDWARD_SIGNING_KEY_FILE": ("signing_key_file", Path, "a file"),
    "GRIDWARD_DEMO": ("is_demo", lambda value: value == "1", "0 or 1"),
    "GRIDWARD_CORS_ORIGINS": ("cors_origins", _origins, "origins such as https://maps.example, by commas"),
    "GRIDWARD_OUTGOING_ALLOWED": ("outgoing_allowed", _hosts, "hosts and networks, by commas"),
    **(OPEN311_VARIABLES | MESSAGE_VARIABLES | ADMISSION_VARIABLES),
    "GRIDWARD_BASE_MAP": ("base_map", Path, "a file"),
    "GRIDWARD_BASE_MAP_URL": ("base_map_url", _tiles, "a URL such as https://tiles.example/{z}/{x}/{y}.png"),
    "GRIDWARD_BASE_MAP_CRS": ("base_map_crs", *_one_of("wgs84", "gcj02")),
    "GRIDWARD_BASE_MAP_ATTRIBUTION": ("base_map_attribution", str, "words"),
    "GRIDWARD_BASE_MAP_ZOOM": ("base_map_zoom", *_whole_number(0, 24)),
    "GRIDWARD_WORKERS": ("workers", *_whole_number(1, 64)),
    "GRIDWARD_THREADS": ("threads_per_worker", *_whole_number(1, 64)),
    "GRIDWARD_STATEMENT_TIMEOUT_MS": ("statement_timeout_ms", *_whole_number(0, 600_000)),
    "GRIDWARD_SIGNAL_STATEMENT_TIMEOUT_MS": ("signal_statement_timeout_ms", *_whole_number(0, 3_600_000)),
    "GRIDWARD_STOP_NOTICE_SECONDS": ("stop_notice_seconds", *_seconds(0)),
    "GRIDWARD_STOP_SECONDS": ("stop_seconds", *_whole_number(1, 600)),
    "GRIDWARD_PUSH_LIMIT_BYTES": ("push_limit_bytes", *_whole_number(10_000)),
    "GRIDWARD_PUSH_OP_LIMIT_BYTES": ("push_op_limit_bytes", *_whole_number(1_000)),
    "GRIDWARD_PUSH_SECONDS": ("push_seconds", *_whole_number(1, 600)),
    "GRIDWARD_LATE_HOURS": ("late_hours", *_whole_number(0, 10_000)),
    "GRIDWARD_DEAD_LETTER_DAYS": ("dead_letter_days", *_whole_number(1, 36_500)),
    "GRIDWARD_REPORTER_DAYS": ("reporter_days", *_whole_number(0, 36_500)),
    "GRIDWARD_ERASURE_LEDGER": ("erasure_ledger", str, "a folder"),
    "GRIDWARD_APPLIED_OP_DAYS": ("applied_op_days", *_whole_number(1, 36_500)),
    "GRIDWARD_CHANGE_LOG_DAYS": ("change_log_days", *_whole_number(1, 36_500)),
    "GRIDWARD_STREAM_PING_SECONDS": ("stream_ping_seconds", *_seconds(1)),
    "GRIDWARD_STREAMS_PER_ACCOUNT": ("streams_per_account", *_whole_number(1, 100_000)),
    "GRIDWARD_STREAMS_PER_PROCESS": ("streams_per_process", *_whole_number(1, 100_000)),
    "GRIDWARD_QUOTAS": ("quotas", _text_like(QUOTAS), "`off`, or quotas such as list=1200,export=10"),
    "GRIDWARD_EXPORT_DAYS": ("export_days", *_whole_number(1, 365)),
    "GRIDWARD_EXPORT_HOMES_ALONE": ("export_homes_alone", *_whole_number(0)),
    "GRIDWARD_EXPORT_AT_ONCE_ROWS": ("export_at_once_rows", *_whole_number(0)),
    "GRIDWARD_EXPORT_AT_ONCE_SECONDS": ("export_at_once_seconds", *_whole_number(1, 600)),
    "GRIDWARD_LOCATES_PER_HOUR": ("locates_per_window", *_whole_number(1, 100_000)),
    "GRIDWARD_CANDIDATES_PER_HOUR": ("candidates_per_window", *_whole_number(1, 100_000)),
    "GRIDWARD_POSITION_DAYS": ("position_days", *_whole_number(8, 3_650)),
    "GRIDWARD_TRACK_DAYS": ("track_days", *_whole_number(1, 36_500)),
    "GRIDWARD_PLAN_DAYS": ("plan_days", *_whole_number(2, 365)),
    "GRIDWARD_DISPATCH_INPUT_DAYS": ("dispatch_input_days", *_whole_number(1, 36_500)),
    "GRIDWARD_TILE_CACHE_MB": ("tile_cache_mb", *_whole_number(1, 100_000)),
    "GRIDWARD_ROUTER_WALK_URL": ("router_walk_url", _text_like(ROUTER), "a URL http://host:port"),
    "GRIDWARD_ROUTER_BICYCLE_URL": ("router_bicycle_url", _text_like(ROUTER), "a URL http://host:port"),
    "GRIDWARD_ROUTER_SNAP_M": ("router_snap_m", *_whole_number(1, 100_000)),
    "GRIDWARD_ROUTER_PLACES_MOST": ("router_places_most", *_whole_number(2, 10_000)),
    "GRIDWARD_ROUTER_SECONDS": ("router_seconds", *_seconds(0)),
    "GRIDWARD_ROUTER_RUN_SECONDS": ("router_run_seconds", *_seconds(0)),
    "GRIDWARD_ROUTER_RANK_MS": ("router_rank_ms", *_whole_number(0, 5_000)),
    "GRIDWARD_SOS_ESCALATE_MINUTES": ("sos_escalate_minutes", *_whole_number(1, 60)),
    "GRIDWARD_SOS_PLACE_HOURS": ("sos_place_hours", *_whole_number(0, 720)),
    "MEDIA_STORE": ("media_store", _store_url, "a URL file:///folder or s3://bucket"),
    "GRIDWARD_MEDIA_SPOOL": ("media_spool", str, "a folder"),
    "GRIDWARD_MEDIA_LIMIT_BYTES": ("media_limit_bytes", *_whole_number(1_000)),
    "GRIDWARD_MEDIA_MEGAPIXELS": ("media_megapixels", *_whole_number(1, 200)),
    "GRIDWARD_MEDIA_UPLOAD_DAYS": ("media_upload_days", *_whole_number(1, 365)),
    "GRIDWARD_UPLOADS_PER_HOUR": ("uploads_per_hour", *_whole_number(1, 1_000_000)),
    "GRIDWARD_UPLOAD_MB_PER_DAY": ("upload_bytes_per_day", *_megabytes(1, 10_000_000)),
    "GRIDWARD_MEDIA_LOOSE_DAYS": ("media_loose_days", *_whole_number(1, 3_650)),
    "GRIDWARD_WEBHOOK_PAUSES": ("webhook_pauses_s", _pauses, "seconds such as 5,300, by commas"),
    "GRIDWARD_WEBHOOK_FAILING_DAYS": ("webhook_failing_days", *_whole_number(1, 90)),
    "TRUSTED_PROXIES": ("trusted_proxies", _networks, "addresses and CIDR blocks, parted by commas"),
    "GRIDWARD_PUBLIC_URL": ("public_url", _text_like(PUBLIC), "a URL such as https://grid.example/gridward"),
    "GRIDWARD_CONNECTION_IDLE_SECONDS": ("connection_idle_seconds", *_whole_number(1, 3_600)),
    "GRIDWARD_PATH_PREFIX": ("path_prefix", _text_like(ANY_PREFIX), "a path such as /gridward"),
    "GRIDWARD_METRICS_TOKEN": ("metrics_token", _secret, "a secret of at least 16 characters"),
    "GRIDWARD_LOG_LEVEL": ("log_level", *_one_of("debug", "info", "warning", "error", "critical")),
    "GRIDWARD_LOG_FORMAT": ("log_format", *_one_of("json", "text")),
}
