"""Error codes of violated database constraints.

`http/errors.py` uses them in responses to requests. The push of phones uses them for the results of single operations.
"""

import logging

from psycopg import errors as pg
from sqlalchemy.exc import IntegrityError

log = logging.getLogger("gridward.http")

# The naming convention of the tables gives each constraint its name, so the name shows the fault of the client.
CONSTRAINT_CODES = {
    "uq_account_username": "username_taken",
    "ex_duty_worker_during": "duty_overlaps",
    "ex_shift_worker_during": "shift_overlaps",
    "ex_substitution_worker_during": "substitution_overlaps",
    "ex_responsibility_worker_area_role": "responsibility_overlaps",
    "ex_area_version_code_valid": "code_taken",
    "uq_premises_external_ref": "external_ref_taken",
    "uq_household_premises_label": "label_taken",
    "pk_incident": "id_reused",
    "uq_component_jurisdiction_id_code": "code_taken",
    "pk_report": "id_reused",
}


def code_of_integrity(error: IntegrityError) -> str:
    """Return the error code of a violated constraint.

    The code is `internal` if the violation cannot be a mistake of a client.
    """
    if isinstance(error.orig, pg.ForeignKeyViolation):
        return "reference_unknown"
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    if isinstance(error.orig, pg.UniqueViolation | pg.ExclusionViolation):
        return CONSTRAINT_CODES.get(name or "", "already_exists")
    if isinstance(error.orig, pg.CheckViolation) and name:
        return "validation_failed"
    log.error("refused by the database, and no client's fault", exc_info=error)
    return "internal"
