"""The use cases of exchange: imports and exports, at once or as a job."""

from app.exchange.rules.faults import FileRefused, sentence
from app.exchange.rules.files.formats import format_of
from app.exchange.service.at_once import DatabaseAway, import_file, report
from app.exchange.service.exports import (
    EXPORT_TASK,
    AtOnce,
    Fetched,
    approve,
    cancel,
    describe_export,
    export_at_once,
    export_file,
    fetch,
    forget_files_of_cases,
    list_exports,
    refuse,
    request_export,
    run_exports_due,
    tidy_exports,
)
from app.exchange.service.looking import RowOfIncident, incidents_of
from app.exchange.service.options import Options, mapping_of, values_of
from app.exchange.service.requests import (
    TASK,
    ErrorFile,
    describe_run,
    error_file_of,
    faults_of,
    list_runs,
    request_import,
    run_due,
)
from app.exchange.service.running import Ended, Run, begin, carry_out
from app.exchange.service.undoing import MADE_MOST, Undone, undo_import

__all__ = [
    "EXPORT_TASK",
    "MADE_MOST",
    "TASK",
    "AtOnce",
    "DatabaseAway",
    "Ended",
    "ErrorFile",
    "Fetched",
    "FileRefused",
    "Options",
    "RowOfIncident",
    "Run",
    "Undone",
    "approve",
    "begin",
    "cancel",
    "carry_out",
    "describe_export",
    "describe_run",
    "error_file_of",
    "export_at_once",
    "export_file",
    "faults_of",
    "fetch",
    "forget_files_of_cases",
    "format_of",
    "import_file",
    "incidents_of",
    "list_exports",
    "list_runs",
    "mapping_of",
    "refuse",
    "report",
    "request_export",
    "request_import",
    "run_due",
    "run_exports_due",
    "sentence",
    "tidy_exports",
    "undo_import",
    "values_of",
]
