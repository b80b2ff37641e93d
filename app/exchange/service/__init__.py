"""Use cases of imports and exports, in the request or by a job."""

from app.exchange.rules.faults import FileRefused, sentence
from app.exchange.rules.files.formats import format_of
from app.exchange.service.column_preview import read_columns
from app.exchange.service.exports import (
    EXPORT_TASK,
    InlineExport,
    StoredExport,
    approve,
    cancel,
    describe_export,
    expire_case_files,
    export_at_once,
    export_file,
    list_exports,
    open_download,
    refuse,
    request_export,
    run_exports_due,
    tidy_exports,
)
from app.exchange.service.import_requests import (
    TASK,
    ErrorFile,
    describe_run,
    error_file_of,
    faults_of,
    list_runs,
    request_import,
    run_imports_due,
)
from app.exchange.service.import_runs import ImportResult, Run, begin_import, run_import
from app.exchange.service.local_import import DatabaseUnavailable, import_file, report_text
from app.exchange.service.options import Options, mapping_of, values_of
from app.exchange.service.preview import IncidentPreview, preview_incidents
from app.exchange.service.templates import template_file
from app.exchange.service.undo import UNDO_LIMIT, UndoResult, undo_import

__all__ = [
    "EXPORT_TASK",
    "TASK",
    "UNDO_LIMIT",
    "DatabaseUnavailable",
    "ErrorFile",
    "FileRefused",
    "ImportResult",
    "IncidentPreview",
    "InlineExport",
    "Options",
    "Run",
    "StoredExport",
    "UndoResult",
    "approve",
    "begin_import",
    "cancel",
    "describe_export",
    "describe_run",
    "error_file_of",
    "expire_case_files",
    "export_at_once",
    "export_file",
    "faults_of",
    "format_of",
    "import_file",
    "list_exports",
    "list_runs",
    "mapping_of",
    "open_download",
    "preview_incidents",
    "read_columns",
    "refuse",
    "report_text",
    "request_export",
    "request_import",
    "run_exports_due",
    "run_import",
    "run_imports_due",
    "sentence",
    "template_file",
    "tidy_exports",
    "undo_import",
    "values_of",
]
