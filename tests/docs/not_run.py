"""Blocks of commands that no test runs, with the reason. Each is named by its page and its first line."""

STARTS_ALL = "installs packages and starts everything; tests/deep/test_run.py runs bin/run"
RESTORES = "needs the names of a whole machine; tests/test_restore.py runs it with others"
SYSTEM = "needs systemd, or a host with a certificate"

NOT_RUN = {
    (
        "how-to/demo.md",
        "export GRIDWARD_DEMO=1 DATABASE_URL=postgresql://owner@host/empty_database",
    ): "lives for minutes; tests/deep/test_demo_life.py runs it",
    ("tutorials/first-report.md", "make run"): STARTS_ALL,
    ("tutorials/your-own-city.md", "GRIDWARD_STATE_DIR=~/my-city GRIDWARD_DEMO=0 make run"): STARTS_ALL,
    ("how-to/backup.md", 'pg_dump --format=custom --file=gridward.dump "$DATABASE_URL"'): RESTORES,
    ("how-to/backup.md", "systemctl stop gridward-server gridward-jobs"): RESTORES,
    (
        "how-to/backup.md",
        "sudo -u postgres psql -c 'alter database gridward rename to gridward_old' \\",
    ): SYSTEM,
    ("how-to/proxy.md", "curl -sS https://city.example/gridward/readyz"): SYSTEM,
}
