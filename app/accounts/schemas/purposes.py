"""Schemas of the purpose and explanation for personal fields and positions."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from app.accounts.rules.purposes import LEAST_CHARACTERS, LEAST_WORDS, PURPOSES, WORKER_PURPOSES, Reason
from app.core.enumerations import Enumeration
from app.http.fields import Choice, Words
from app.http.smorest import Schema


class Purpose(Choice):
    """One of a list of purposes, by its code."""

    def __init__(self, name: str, among: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        description = "; ".join(f"{code}: {en} ({zh})" for code, (en, zh) in among.items())
        super().__init__(
            Enumeration(name, {code: f"{en} ({zh})" for code, (en, zh) in among.items()}),
            metadata={"description": description},
            **kwargs,
        )


class _WithExplanation(Schema):
    explanation = Words(
        required=True,
        max_length=500,
        metadata={
            "description": f"Why, in at least {LEAST_WORDS} different words or {LEAST_CHARACTERS} different Chinese "
            "characters; stored in the audit trail"
        },
    )


class WithPurpose(_WithExplanation):
    """Reason for showing personal fields: a purpose of the list and an explanation."""

    purpose = Purpose("DisclosurePurpose", PURPOSES, required=True)


class WithWorkerPurpose(_WithExplanation):
    """Reason for showing where workers are or were, loaded as `reason`."""

    purpose = Purpose("WorkerDisclosurePurpose", WORKER_PURPOSES, required=True)

    @ma.post_load
    def _reason(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        reason = Reason(data.pop("purpose"), data.pop("explanation"))
        return {**data, "reason": reason}
