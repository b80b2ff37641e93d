"""Metrics that each process counts; /metrics returns the sums over all processes.

Metrics have few labels, and never personal ones.

Gauges cover living processes only. Values from the database are not counted here; they are read at each scrape.
"""

from prometheus_client import Counter, Gauge, Histogram

_PARTS_OF_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

REQUESTS = Counter("gridward_requests_total", "Requests by route and status", ["method", "route", "status"])
SECONDS = Histogram("gridward_request_seconds", "Time to answer", ["route"], buckets=_PARTS_OF_SECONDS[1:-1])
IN_FLIGHT = Gauge(
    "gridward_requests_in_flight", "Requests begun and not answered", multiprocess_mode="livesum"
)
PROBLEMS = Counter("gridward_problems_total", "Answers with a problem, by its code", ["status", "code"])
ADMISSION_WAITING = Gauge(
    "gridward_admission_waiting",
    "Requests that wait for a thread, by priority",
    ["priority"],
    multiprocess_mode="livesum",
)
ADMISSION_WAIT = Histogram(
    "gridward_admission_wait_seconds",
    "Time until a thread was free, of requests that found none",
    ["priority"],
    buckets=_PARTS_OF_SECONDS,
)
ADMISSION_REFUSED = Counter(
    "gridward_admission_refused_total",
    "Requests refused because no thread was free in time (`late`) or too many waited (`full`)",
    ["priority", "reason"],
)
STATEMENT_TIMEOUTS = Counter(
    "gridward_statement_timeouts_total", "Statements that took too long for a request"
)

POOL_IN_USE = Gauge(
    "gridward_database_pool_in_use", "Database connections in use", ["pool"], multiprocess_mode="livesum"
)
POOL_SIZE = Gauge(
    "gridward_database_pool_size", "Database connections that are kept", ["pool"], multiprocess_mode="livesum"
)
POOL_LIMIT = Gauge(
    "gridward_database_pool_limit", "Database connections there may be", ["pool"], multiprocess_mode="livesum"
)
POOL_WAIT = Histogram(
    "gridward_database_pool_wait_seconds", "Time to get a database connection", buckets=_PARTS_OF_SECONDS
)

JOBS = Counter("gridward_jobs_total", "Jobs worked off, by task and outcome", ["task", "outcome"])
JOB_SECONDS = Histogram(
    "gridward_job_seconds", "Time a job takes", ["task"], buckets=(0.01, 0.1, 1, 10, 60, 600)
)
LISTENERS = Gauge("gridward_listeners", "Open event streams", multiprocess_mode="livesum")
LISTENERS_ENDED = Counter("gridward_listeners_ended_total", "Event streams that ended, by reason", ["reason"])
HINTS = Counter("gridward_hints_total", "Hints sent to event streams")
HINT_LAG = Histogram(
    "gridward_hint_lag_seconds",
    "From the oldest change of a reading of the change log to the reading, its transaction's time included",
    buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60),
)
HINT_READ_SECONDS = Histogram(
    "gridward_hint_read_seconds", "Time to read the change log for event streams", buckets=_PARTS_OF_SECONDS
)
OFFERS_EXPIRED = Counter("gridward_offers_expired_total", "Offers that nobody answered in time")
ALERTS = Counter(
    "gridward_alerts_total",
    "Alerts to devices, by channel and outcome of the attempt",
    ["channel", "outcome"],
)
MESSAGES = Counter(
    "gridward_messages_total",
    "Attempts to send e-mail and SMS, by channel and outcome: sent, retry, dead, postponed, dropped and why",
    ["channel", "outcome"],
)
WEBHOOKS = Counter(
    "gridward_webhooks_total",
    "Attempts to deliver webhooks, by outcome: sent, failed, gone, dropped; dead: no attempt is left",
    ["outcome"],
)
WEBHOOK_LAG = Histogram(
    "gridward_webhook_lag_seconds",
    "From an event to the answer of the receiver",
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 600, 3_600, 86_400),
)

POSITIONS = Counter(
    "gridward_positions_total",
    "Fixes from phones: accepted, duplicate, or why they were not stored",
    ["outcome"],
)

PLANS = Counter(
    "gridward_plans_total",
    "Days planned: by VROOM, or by the nearest next thing and why",
    ["solver", "note"],
)

TRAVEL_PAIRS = Counter(
    "gridward_travel_pairs_total",
    "Ways asked of the street network: told by it, or by the straight line and why",
    ["basis", "reason"],
)
ROUTER_SECONDS = Histogram(
    "gridward_router_seconds", "Time the street network takes to answer", buckets=_PARTS_OF_SECONDS
)

SYNC_ROWS = Histogram(
    "gridward_sync_page_rows", "Rows on a page of a pull", buckets=(0, 1, 10, 100, 500, 1000, 2000)
)
SYNC_BEHIND = Histogram(
    "gridward_sync_behind_seconds",
    "How old what a phone held was when it pulled",
    buckets=(10, 60, 300, 900, 1_800, 3_600, 4 * 3_600, 86_400, 7 * 86_400),
)
SYNC_BUCKETS = Counter(
    "gridward_sync_buckets_total", "Buckets of checkpoints: sent whole, or by their changes", ["how"]
)
SYNC_RESYNCS = Counter("gridward_sync_resyncs_total", "Phones told to begin anew, and why", ["reason"])
