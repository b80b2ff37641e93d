"""The use cases of exchange: imports, at once or as a job."""

from app.exchange.rules.faults import FileRefused, sentence
from app.exchange.service.at_once import import_file, report
from app.exchange.service.options import Options, mapping_of, values_of
from app.exchange.service.requests import (
    TASK,
    ErrorFile,
    describe_run,
    error_file_of,
    list_runs,
    request_import,
    run_due,
)
from app.exchange.service.running import Ended, Run, begin, carry_out
from app.exchange.service.tables import format_of, open_table

__all__ = [
    "TASK",
    "Ended",
    "ErrorFile",
    "FileRefused",
    "Options",
    "Run",
    "begin",
    "carry_out",
    "describe_run",
    "error_file_of",
    "format_of",
    "import_file",
    "list_runs",
    "mapping_of",
    "open_table",
    "report",
    "request_import",
    "run_due",
    "sentence",
    "values_of",
]
