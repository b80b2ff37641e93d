"""Generator of the table of limits in docs/reference/api.md, from the defaults of the settings."""

from datetime import timedelta

from app.http.idempotency import KEY_MAX_LENGTH, KEY_MIN_LENGTH
from app.settings import VARIABLES, Settings

_VARIABLE_OF = {field: name for name, (field, *_) in VARIABLES.items()}
# What is limited, the setting, and the status of a request beyond it.
_BODIES = (
    ("Body of a request", "body_limit_bytes", "413 `body_too_large`"),
    ("Body of `POST /sync/push`, decompressed", "push_limit_bytes", "413 `body_too_large`"),
    ("One operation of a push", "push_op_limit_bytes", "result `op_too_large`"),
    ("File of an import", "import_limit_bytes", "413 `body_too_large`"),
    ("Photo or voice note", "media_limit_bytes", "413 `media_too_large`"),
)
_RATES = (
    ("Failed sign-ins of one user name", "sign_in_failures_per_name", "sign_in_window", "429 `sign_in_throttled`"),
    ("Failed sign-ins from one address", "sign_in_failures_per_address", "sign_in_window", "429 `sign_in_throttled`"),
    ("Disclosures of personal fields by one account", "reveals_per_window", "reveal_window", "429 `reveal_throttled`"),
    ("Exports of one person's data by one account", "person_exports_per_window", "reveal_window", "429 `reveal_throttled`"),
    ("Requests for places of workers by one account", "locates_per_window", "locate_window", "429 `locate_throttled`"),
    ("Requests for candidates of a case by one account", "candidates_per_window", "locate_window",
     "429 `locate_throttled`"),
)  # fmt: skip


def limits_table() -> str:
    """Return the limits of requests, uploads and attempts as the Markdown table of docs/reference/api.md."""
    settings = Settings()
    rows = ["| what | limit | setting | beyond it |", "|---|---|---|---|"]
    rows += [
        _row(what, f"{getattr(settings, field):,} bytes", field, refusal) for what, field, refusal in _BODIES
    ]
    rows += [
        _row("Rows of a page (`limit`)", f"{settings.page_limit_max:,}, some lists less", "", "422 `out_of_range`"),
        _row("Statement in the database", f"{settings.statement_timeout_ms:,} ms", "statement_timeout_ms", "503 `busy`"),
        _row("Wait for a thread, at a burst; reads under overload",
             f"{settings.admission_burst_seconds:g} s; {settings.admission_wait_seconds:g} s",
             "admission_wait_seconds", "503 `busy`"),
        _row("Length of an Idempotency-Key", f"{KEY_MIN_LENGTH} to {KEY_MAX_LENGTH} characters", "", "422 `invalid`"),
        _row("Open event streams of one account", f"{settings.streams_per_account}", "streams_per_account",
             "429 `streams_per_account`"),
        _row("Uploads begun by one account", f"{settings.uploads_per_hour:,} in 1 h", "uploads_per_hour",
             "429 `upload_quota_reached`"),
        _row("Uploads of one account", f"{settings.upload_bytes_per_day:,} bytes in 24 h", "upload_bytes_per_day",
             "429 `upload_quota_reached`"),
    ]  # fmt: skip
    rows += [
        _row(what, f"{getattr(settings, field):,} in {_span(getattr(settings, window))}", field, refusal)
        for what, field, window, refusal in _RATES
    ]
    return "\n".join(rows) + "\n"


def _row(what: str, limit: str, field: str, refusal: str) -> str:
    variable = f"`{_VARIABLE_OF[field]}`" if field in _VARIABLE_OF else "fixed"
    return f"| {what} | {limit} | {variable} | {refusal} |"


def _span(window: timedelta) -> str:
    minutes = int(window.total_seconds() // 60)
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"
