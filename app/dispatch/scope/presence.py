"""SQL conditions on whether a worker is on duty and can answer offers.

The statement needs the bind `:now`.
"""

from typing import Any

from app.core.db import Fragment


def is_on_duty(worker_id: Any) -> Fragment:
    """Return the SQL condition that a worker is on duty."""
    return Fragment(
        """exists (select from duty where duty.worker_id = {worker_id} and duty.deleted_at is null
                   and duty.during @> cast(:now as timestamptz))""",
        worker_id=worker_id,
    )


def has_open_sos(worker_id: Any) -> Fragment:
    """Return the SQL condition that a worker has an open call for help.

    Such a worker gets no offers.
    """
    return Fragment(
        """exists (select from sos where sos.worker_id = {worker_id} and sos.closed_at is null
                   and sos.deleted_at is null)""",
        worker_id=worker_id,
    )


def is_absent(worker_id: Any) -> Fragment:
    """Return the SQL condition that a worker is off duty or has an open call for help.

    The duty is read by a scalar sub-select and not by EXISTS. In an OR, PostgreSQL may answer EXISTS by hashing the duties
    of all workers, even if only one assignment is read.
    """
    return Fragment(
        """((select true from duty where duty.worker_id = {worker_id} and duty.deleted_at is null
             and duty.during @> cast(:now as timestamptz) limit 1) is null or {has_open_sos})""",
        worker_id=worker_id,
        has_open_sos=has_open_sos(worker_id),
    )
