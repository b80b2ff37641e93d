"""Findings about areas before they are stored, and their conversion to JSON."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.areas.rules.finding_sentences import sentence
from app.areas.rules.geometry import Finding, Severity
from app.core.errors import Invalid


def blocking_finding(code: str, keys: Iterable[str], message: str) -> Finding:
    """Return a new finding of severity error, which forbids storing the areas."""
    return Finding(code, tuple(keys), Severity.ERROR, message)


def serialize_findings(findings: Iterable[Finding], codes: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the findings as JSON for a response, with codes of areas instead of keys."""
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
    """Refuse to store areas if one of the findings is an error.

    Raises:
        Invalid: `findings`, with all findings.
    """
    all_findings = list(findings)
    if any(finding.severity is Severity.ERROR for finding in all_findings):
        raise Invalid("findings", extra={"findings": serialize_findings(all_findings, codes)})
