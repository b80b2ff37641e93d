"""Service functions of integrity."""

from app.integrity.service.check import Finding, check
from app.integrity.service.gauges import Measure, measure
from app.integrity.service.readiness import readiness

__all__ = [
    "Finding",
    "Measure",
    "check",
    "measure",
    "readiness",
]
