"""Service functions of integrity."""

from app.integrity.service.check import Finding, check
from app.integrity.service.gauges import GAUGES, STATEMENT_TIMEOUT_MS, Measure, measure
from app.integrity.service.readiness import readiness

__all__ = [
    "GAUGES",
    "STATEMENT_TIMEOUT_MS",
    "Finding",
    "Measure",
    "check",
    "measure",
    "readiness",
]
