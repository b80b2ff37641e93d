"""Use cases of exports: requests, decisions, the job, downloads, expiry."""

from app.exchange.service.exports.decisions import approve, cancel, refuse
from app.exchange.service.exports.downloads import StoredExport, open_download
from app.exchange.service.exports.expiry import expire_case_files
from app.exchange.service.exports.export_job import EXPORT_TASK, run_exports_due, tidy_exports
from app.exchange.service.exports.inline import InlineExport, export_at_once, export_file
from app.exchange.service.exports.requests import describe_export, list_exports, request_export

__all__ = [
    "EXPORT_TASK",
    "InlineExport",
    "StoredExport",
    "approve",
    "cancel",
    "describe_export",
    "expire_case_files",
    "export_at_once",
    "export_file",
    "list_exports",
    "open_download",
    "refuse",
    "request_export",
    "run_exports_due",
    "tidy_exports",
]
