"""Every limit, timeout and path that an operator may set, read once from the environment."""

import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    database_url: str = ""
    state_dir: Path = Path(".run")
    signing_key_file: Path = Path(".run/signing-key.pem")
    issuer: str = "gridward"
    is_demo: bool = False

    threads_per_worker: int = 2
    statement_timeout_ms: int = 5_000
    body_limit_bytes: int = 1_000_000
    page_limit_max: int = 500
    page_limit_default: int = 50

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

    job_poll_seconds: float = 0.3
    job_concurrency: int = 2

    @classmethod
    def from_env(cls) -> "Settings":
        """Read DATABASE_URL and the GRIDWARD_* variables; anything unset keeps its default."""
        state_dir = Path(os.environ.get("GRIDWARD_STATE_DIR", ".run"))
        key_file = os.environ.get("GRIDWARD_SIGNING_KEY_FILE")
        return cls(
            database_url=os.environ.get("DATABASE_URL", ""),
            state_dir=state_dir,
            signing_key_file=Path(key_file) if key_file else state_dir / "signing-key.pem",
            is_demo=os.environ.get("GRIDWARD_DEMO", "0") == "1",
            statement_timeout_ms=int(os.environ.get("GRIDWARD_STATEMENT_TIMEOUT_MS", "5000")),
            threads_per_worker=int(os.environ.get("GRIDWARD_THREADS", "2")),
        )
