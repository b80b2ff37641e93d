"""Findings about areas that are to be stored, and their form in the API."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.areas.rules.finding_sentences import sentence
from app.areas.rules.geometry import Finding, Severity
from app.core.errors import Invalid


def blocking_finding(code: str, keys: Iterable[str], message: str) -> Finding:
    """Return a finding that forbids storing."""
    return Finding(code, tuple(keys), Severity.ERROR, message)


def serialize_findings(findings: Iterable[Finding], codes: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the findings in the form of the API, with areas named by their codes."""
    return [
        {
            "code": finding.code,
            "area_codes": [codes.get(key, key) for key in finding.keys],
            "severity": finding.severity.value,
            "message": finding.message,
            "sentence": sentence(finding),
            "place": finding.place,
            "size": {"area_m2": finding.size_m2, "width_m": finding.width_m},
            "repair": finding.repair,
        }
        for finding in findings
    ]


def require_acceptable(findings: Iterable[Finding], codes: Mapping[str, str]) -> None:
    """Raise Invalid (`findings`) with all findings if one of them forbids storing."""
    all_findings = list(findings)
    if any(finding.severity is Severity.ERROR for finding in all_findings):
        raise Invalid("findings", extra={"findings": serialize_findings(all_findings, codes)})
