"""The report of a conformance run as text and JSON, and the codes of its differences."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from app.conformance.faults import KINDS

# Each code of a difference with what it means; docs/explanation/conformance.md lists the same.
CODES = {
    "row_missing": "The server sends the row, and the client does not hold it.",
    "row_surplus": "The client holds a row that the server does not send.",
    "row_outdated": "The client holds another version of the row than the server.",
    "row_different": "The client holds the version of the server with other data.",
    "bucket_missing": "The server sends the bucket, and the client does not hold it.",
    "bucket_surplus": "The client holds a bucket that the server does not send.",
    "token_unknown": "The client never received a page with this token through the proxy.",
    "token_incomplete": "The token is that of a page in the middle of a checkpoint.",
    "checkpoint_mixed": "The rows are not those of the checkpoint whose token the client holds.",
    "operation_forgotten": "The client received no final answer, and does not hold the operation as pending.",
    "operation_never_sent": "The client queued the operation, never sent it, and does not hold it as pending.",
    "operation_still_pending": "The client received a final answer, and holds the operation as pending.",
    "operation_repeated": "The client sent the same work again under another op_id.",
    "operation_changed": "The client sent the operation again with another content.",
    "sequence_reused": "The client gave one device_seq to several operations.",
    "operation_doubled": "The server answered more than once that the operation took effect now.",
    "operation_gone": "The client received that the operation took effect, and the server does not have it.",
}


@dataclass(frozen=True)
class Difference:
    """One difference between the client and the server.

    `code`: a key of CODES. `subject`: the row, bucket, token or operation.
    """

    code: str
    subject: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.code:<24}{self.subject}{f': {self.detail}' if self.detail else ''}"


@dataclass
class Report:
    """The result of a conformance run.

    Attributes:
        faults: The number of faults by kind.
        compared: What was compared: the number of rows, buckets, operations and checks.
        notes: What could not be verified, and why.
    """

    seed: int | None
    requests: int
    faults: Mapping[str, int]
    differences: list[Difference] = field(default_factory=list)
    compared: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def is_passed(self) -> bool:
        return not self.differences

    def as_json(self) -> dict[str, Any]:
        return {
            "passed": self.is_passed,
            **asdict(self),
            "faults": {kind: self.faults.get(kind, 0) for kind in KINDS},
            "differences": [
                asdict(difference) | {"meaning": CODES[difference.code]} for difference in self.differences
            ],
        }

    def text(self) -> str:
        count = len(self.differences)
        failed = f"FAILED, {count} difference{'s' if count > 1 else ''}"
        verdict = "PASSED" if self.is_passed else failed
        total = sum(self.faults.get(kind, 0) for kind in KINDS)
        met = ", ".join(f"{kind} {self.faults[kind]}" for kind in KINDS if self.faults.get(kind))
        amounts = ", ".join(f"{name} {count}" for name, count in self.compared.items())
        text_lines = [
            f"Conformance, seed {self.seed}: {verdict}",
            f"  requests  {self.requests}",
            f"  faults    {total}{f' ({met})' if met else ''}",
            f"  compared  {amounts}",
            *(f"  note      {note}" for note in self.notes),
            *(f"  {difference}" for difference in self.differences),
        ]
        codes = dict.fromkeys(difference.code for difference in self.differences)
        return "\n".join((*text_lines, *(f"  {code} means: {CODES[code]}" for code in codes))) + "\n"
