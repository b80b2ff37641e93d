"""Quotas: how many requests a caller may send in a minute, for each class of work, over all processes of the server.

A process counts by itself what a caller has left. It sends a statement only when it needs another block of requests:
`quota_lease` has the number of requests that the processes have leased for a caller in the running minute. The first
requests of a minute need no lease, so a caller who sends few never costs a statement. A caller can therefore exceed a
quota by the requests that processes allow without a lease: at most a tenth of the quota.

A caller who uses up the quota of a minute in its first seconds takes these seconds from others. So each process also
limits bursts: after `Quotas.burst` requests at once a caller has the pace of the quota.
"""

import logging
import math
import threading
import time
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import BigInteger, Text, bindparam, delete, or_, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import db
from app.core.enumerations import Enumeration
from app.core.errors import Throttled

log = logging.getLogger("gridward.quotas")

WORK = Enumeration(
    "Work",
    {
        "cheap": "operations on one object",
        "list": "lists and searches",
        "figures": "operations that count many rows",
        "export": "files and sheets, imports and exports",
        "public": "operations without sign-in, and requests that fail to authenticate; counted by address",
        "sync": "synchronisation, uploads and positions of phones",
    },
)
# Requests in a minute. A phone that was away for weeks catches up with a few hundred requests.
DEFAULTS = {"cheap": 3_000, "list": 600, "figures": 120, "export": 60, "public": 300, "sync": 6_000}
WINDOW_S = 60
# The share of a quota that the processes together allow without a lease, and the size of a block.
UNLEASED_SHARE, BLOCK_SHARE = 10, 20
# A page of the console asks for so many things at once; larger quotas allow a twentieth at once.
BURST_MIN, BURST_SHARE = 30, 20
# A flood from many addresses must not fill the memory: callers beyond this number are not counted.
CALLERS_MAX = 50_000


class QuotaLease(db.Base):
    """Requests of a caller for one class of work that the processes of the server have leased in one minute.

    PostgreSQL empties this unlogged table after a crash. The quotas then begin again.
    """

    __tablename__ = "quota_lease"
    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012 (SQLAlchemy's own protocol)

    caller: Mapped[str] = mapped_column(Text, primary_key=True)
    work: Mapped[str] = mapped_column(Text, primary_key=True)
    minute: Mapped[int] = mapped_column(BigInteger)
    leased: Mapped[int] = mapped_column(BigInteger)


_insert = postgresql.insert(QuotaLease)
_LEASE = _insert.on_conflict_do_update(
    index_elements=[QuotaLease.caller, QuotaLease.work],
    set_={
        "leased": text(
            "case when quota_lease.minute = excluded.minute then quota_lease.leased else 0 end + excluded.leased"
        ),
        "minute": _insert.excluded.minute,
    },
    where=or_(
        QuotaLease.minute < _insert.excluded.minute, QuotaLease.leased < bindparam("quota", type_=BigInteger)
    ),
).returning(QuotaLease.leased)
_DELETE_PAST = delete(QuotaLease).where(QuotaLease.minute < bindparam("before"))


class Standing(NamedTuple):
    """The rest of a quota of a caller.

    Attributes:
        quota: Requests in a minute.
        burst: Requests at once.
        remaining: Requests that the caller has left in this minute, as far as this process knows.
        reset_s: Seconds until the minute ends.
        is_burst: The caller has sent too many requests at once. `reset_s` is then the time until the next one.
    """

    work: str
    quota: int
    burst: int
    remaining: int
    reset_s: int
    is_burst: bool = False

    @property
    def burst_s(self) -> int:
        """Seconds in which a caller may again send a whole burst."""
        return max(1, round(self.burst * WINDOW_S / self.quota))


class QuotaExceeded(Throttled):
    """Raised if a caller has used up a quota. Its code is `rate_limited`."""

    def __init__(self, standing: Standing) -> None:
        super().__init__("rate_limited", retry_after_s=standing.reset_s)
        self.standing = standing
        self.extra = {"work": standing.work}


@dataclass(slots=True)
class _Account:
    """The requests of one caller for one class of work that this process may still allow in a minute.

    Attributes:
        unreported: Requests that were allowed without a lease and are not in the table yet.
        unleased: Requests of all processes that no process has leased, as the table said last; None: not asked yet.
        at_once: Requests that may be sent at once (token bucket), at the instant `at`.
    """

    minute: int
    left: int
    unreported: int
    at_once: float
    at: float
    was_refused: bool = False
    unleased: int | None = None
    is_exhausted: bool = False


def parse_quotas(setting: str) -> dict[str, int] | None:
    """Return the requests in a minute by class of work; None if there are no quotas (`off`).

    Args:
        setting: `off`, or such as `list=1200,export=10`. A class that is left out has its default.

    Raises:
        ValueError: The setting names an unknown class.
    """
    if setting == "off":
        return None
    quotas = dict(DEFAULTS)
    for part in filter(None, setting.split(",")):
        work, _, number = part.partition("=")
        if work not in quotas:
            raise ValueError(f"GRIDWARD_QUOTAS: one of {', '.join(WORK)} is needed, not {work}")
        quotas[work] = int(number)
    return quotas


class Quotas:
    """The quotas of all callers, as one process counts them."""

    def __init__(
        self,
        quotas: dict[str, int],
        *,
        processes: int,
        limits_bursts: bool = True,
        callers_max: int = CALLERS_MAX,
    ) -> None:
        """Make the quotas of a process.

        Args:
            limits_bursts: False: a caller may use up the quota of a minute at once.
            quotas: Requests in a minute, by class of work.
            processes: Number of processes of the server, which share the quotas.
        """
        self._quotas = quotas
        self._processes = processes
        self._limits_bursts = limits_bursts
        self._callers_max = callers_max
        self._accounts: dict[tuple[str, str], _Account] = {}
        self._minute = 0
        self._lock = threading.Lock()

    def burst(self, work: str) -> int:
        """Return how many requests of a class of work a process allows at once."""
        return min(self._quotas[work], max(BURST_MIN, self._quotas[work] // BURST_SHARE))

    def take(self, caller: str, work: str) -> Standing | None:
        """Count a request of a caller. Return what is left, or None if requests of this caller are not counted.

        Raises:
            QuotaExceeded: The caller has used up the quota of this minute, or sends too many requests at once.
        """
        now = time.time()
        minute = int(now // WINDOW_S)
        with self._lock:
            account = self._account(caller, work, minute, now)
            if account is None:
                return None
            if account.left == 0 and account.is_exhausted:
                raise QuotaExceeded(self._standing(account, work, now))
            self._pace(account, work, now)
            if account.left > 0:
                account.left -= 1
                return self._standing(account, work, now)
        self._lease(account, caller, work, minute)
        with self._lock:
            if account.left > 0:
                account.left -= 1
                return self._standing(account, work, now)
        raise QuotaExceeded(self._standing(account, work, now))

    def refuse_exhausted(self, caller: str, work: str) -> None:
        """Refuse a caller who has used up a quota, and count nothing.

        Raises:
            QuotaExceeded: The quota of this minute is used up.
        """
        now = time.time()
        account = self._accounts.get((caller, work))
        if account is not None and account.minute == int(now // WINDOW_S):
            is_slow_enough = account.at_once + (now - account.at) * self._quotas[work] / WINDOW_S >= 1
            if (account.left == 0 and account.is_exhausted) or (self._limits_bursts and not is_slow_enough):
                raise QuotaExceeded(self._standing(account, work, now))

    def _account(self, caller: str, work: str, minute: int, now: float) -> _Account | None:
        if minute != self._minute:
            # Nothing of the last minute counts any more, so no caller has to be looked up to be forgotten.
            self._accounts, self._minute = {}, minute
        account = self._accounts.get((caller, work))
        if account is None and len(self._accounts) < self._callers_max:
            unleased = self._quotas[work] // (UNLEASED_SHARE * self._processes)
            account = _Account(minute, unleased, unleased, self.burst(work), now)
            self._accounts[caller, work] = account
        return account

    def _pace(self, account: _Account, work: str, now: float) -> None:
        """Take a request from the burst of a caller, which fills again at the pace of the quota.

        Raises:
            QuotaExceeded: The burst is used up.
        """
        if not self._limits_bursts:
            return
        # A caller who was refused has the pace of the quota in all processes together, as it uses all of them.
        per_s = self._quotas[work] / WINDOW_S / (self._processes if account.was_refused else 1)
        at_once = min(self.burst(work), account.at_once + max(0.0, now - account.at) * per_s)
        account.at = now
        account.at_once = at_once
        if at_once < 1:
            account.was_refused = True
            standing = self._standing(account, work, now)
            wait_s = max(1, math.ceil((1 - at_once) / per_s))
            raise QuotaExceeded(standing._replace(is_burst=True, reset_s=min(wait_s, standing.reset_s)))
        account.at_once -= 1

    def _standing(self, account: _Account, work: str, now: float) -> Standing:
        quota = self._quotas[work]
        of_this_process = quota - (account.unreported - account.left)
        remaining = of_this_process if account.unleased is None else account.left + account.unleased
        reset_s = max(1, round(WINDOW_S - now % WINDOW_S))
        return Standing(work, quota, self.burst(work), remaining, reset_s)

    def _lease(self, account: _Account, caller: str, work: str, minute: int) -> None:
        """Lease a block of requests for a caller from the quota that all processes share."""
        quota = self._quotas[work]
        block = max(1, quota // BLOCK_SHARE)
        with self._lock:
            reported, account.unreported = account.unreported, 0
        row = {"caller": caller, "work": work, "minute": minute, "leased": block + reported, "quota": quota}
        try:
            with db.transaction() as session:
                leased = session.scalar(_LEASE, row)
        except SQLAlchemyError:
            # A quota is no reason to refuse a request that the database could still answer.
            log.warning("no lease of a quota: the database does not answer", exc_info=True)
            leased = block
        granted = 0 if leased is None else max(0, min(block, quota - (leased - block)))
        with self._lock:
            account.left += granted
            account.unleased = 0 if leased is None else max(0, quota - leased)
            account.is_exhausted = granted < block


def prune_leases(session: Session) -> None:
    """Delete the leases of past minutes."""
    session.execute(_DELETE_PAST, {"before": int(time.time() // WINDOW_S) - 1})
