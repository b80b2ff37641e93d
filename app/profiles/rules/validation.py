"""Validation of a profile document: its structure, and the rules that link settings."""

from app.profiles.rules.cross_checks import cross_faults
from app.profiles.rules.faults import Fault
from app.profiles.rules.profile_schema import PROFILE
from app.profiles.rules.schema_sections import structure_faults


def faults_of(data: object) -> list[Fault]:
    """Return all faults of a document, in the order of their paths."""
    faults = {*structure_faults(PROFILE, data), *cross_faults(data)}
    return sorted(faults, key=lambda fault: (_path_order(fault.path), fault.code, fault.message))


def _path_order(path: str) -> list[tuple[int, str]]:
    return [(int(step), "") if step.isdecimal() else (-1, step) for step in path.split(".")]
