"""SQL of the gauges for monitoring. Each statement reads a small table or a partial index."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session


def limit_time(session: Session, *, milliseconds: int) -> None:
    """Make the transaction read-only, and set its statement timeout.

    The timeout prevents that the reading of metrics delays other work.
    """
    sql = "select set_config('statement_timeout', :limit, true), set_config('transaction_read_only', 'on', true)"
    session.execute(text(sql), {"limit": f"{milliseconds}ms"})


def jobs(session: Session, *, now: datetime) -> Sequence[RowMapping]:
    """Count the jobs of each queue and task, by their status.

    Columns: `queue`, `task`; `waiting` (due and not begun), `later` (not due yet), `doing` (running), `failed`; `since`
    (when the oldest waiting job became due).
    """
    sql = """
      with counted as (
        select queue_name queue, task_name task,
          count(*) filter (where status = 'todo' and coalesce(scheduled_at, :now) <= :now) waiting,
          count(*) filter (where status = 'todo' and scheduled_at > :now) later,
          count(*) filter (where status = 'doing') doing,
          count(*) filter (where status = 'failed') failed,
          min(scheduled_at) filter (where status = 'todo' and scheduled_at <= :now) since,
          min(id) filter (where status = 'todo' and scheduled_at is null) first_unscheduled
        from jobs.procrastinate_jobs where status in ('todo', 'doing', 'failed') group by 1, 2)
      select queue, task, waiting, later, doing, failed, least(since, (
        select min(e.at) from jobs.procrastinate_events e where e.job_id = counted.first_unscheduled
          and e.type = 'deferred')) since
      from counted order by queue, task
    """
    return session.execute(text(sql), {"now": now}).mappings().all()


def waiting_cases(session: Session) -> Sequence[RowMapping]:
    """Count the cases that wait for a supervisor, by the reason for which they wait.

    Columns: `reason`, `n`, `since` (when the case that waits longest began to wait).
    """
    sql = """select coalesce(waiting_reason, 'unknown') reason, count(*) n, min(waiting_since) since from incident
             where waiting_since is not null and deleted_at is null group by 1 order by 1"""
    return session.execute(text(sql)).mappings().all()


def offers(session: Session, *, now: datetime) -> RowMapping:
    """Count the offers of work that nobody has answered.

    Columns: `live` (all unanswered offers), `past` (those whose expiry time has passed), `since` (the earliest expiry time
    among the expired offers).
    """
    sql = """select count(*) live, count(*) filter (where expires_at <= :now) past,
               min(expires_at) filter (where expires_at <= :now) since
             from offer where state = 'offered'"""
    return session.execute(text(sql), {"now": now}).mappings().one()


def change_log(session: Session) -> RowMapping:
    """Return the size and the age of the change log, and the size of the database.

    Columns: `last_seq` and `last_at` (number and time of the newest change), `first_at` (time of the oldest change),
    `bytes` (size of the log), `database_bytes`.
    """
    sql = """select (select seq from change_log order by seq desc limit 1) last_seq,
               (select at from change_log order by seq desc limit 1) last_at,
               (select at from change_log order by seq limit 1) first_at,
               pg_total_relation_size('change_log') bytes, pg_database_size(current_database()) database_bytes"""
    return session.execute(text(sql)).mappings().one()


def signals(session: Session) -> Sequence[RowMapping]:
    """Return the number of signals that have not ended, by kind."""
    sql = "select kind, count(*) n from signal where ended_at is null group by 1 order by 1"
    return session.execute(text(sql)).mappings().all()


def detection_runs(session: Session) -> Sequence[RowMapping]:
    """Return when signals were last detected in the jurisdiction whose last run is oldest.

    There is one row for the hourly and one for the daily detectors. Columns: `cadence` (`hourly` or `daily`), `since` (time
    of the last run in that jurisdiction). A run in which a detector failed is not considered.
    """
    sql = """
      select c.cadence, min(l.last) since
      from (values ('hourly'), ('daily')) c(cadence) cross join jurisdiction j cross join lateral (
        select max(r.occurred_at) last from signal_run r
        where r.jurisdiction_id = j.id and r.cadence = c.cadence and r.failed = '{}') l
      where j.deleted_at is null group by c.cadence order by c.cadence"""
    return session.execute(text(sql)).mappings().all()


def webhooks(session: Session) -> Sequence[RowMapping]:
    """Return the number of subscriptions to webhooks by state, and of their dead letters (state `dead`).

    The state of a paused subscription is its reason, such as `failing`.
    """
    sql = """select coalesce(paused_because, state) state, count(*) n from webhook_subscription
             where state <> 'ended' group by 1
             union all select 'dead', count(*) from webhook_delivery where state = 'dead'"""
    return session.execute(text(sql)).mappings().all()
