"""Exports: asked for, agreed to, written by a job, fetched, forgotten."""

from app.exchange.service.exports.asking import describe_export, list_exports, request_export
from app.exchange.service.exports.at_once import AtOnce, export_at_once, export_file
from app.exchange.service.exports.deciding import approve, cancel, refuse
from app.exchange.service.exports.fetching import Fetched, fetch
from app.exchange.service.exports.forgetting import forget_files_of_cases
from app.exchange.service.exports.running import EXPORT_TASK, run_exports_due, tidy_exports

__all__ = [
    "EXPORT_TASK",
    "AtOnce",
    "Fetched",
    "approve",
    "cancel",
    "describe_export",
    "export_at_once",
    "export_file",
    "fetch",
    "forget_files_of_cases",
    "list_exports",
    "refuse",
    "request_export",
    "run_exports_due",
    "tidy_exports",
]
