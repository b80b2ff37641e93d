"""Use cases: state and read the evidence of a version, its effect, and the rule changes that cite a case."""

from app.evidence.service.citations import ratings_of_case, rule_changes
from app.evidence.service.evidence import effect, read_evidence, state_evidence

__all__ = ["effect", "ratings_of_case", "read_evidence", "rule_changes", "state_evidence"]
