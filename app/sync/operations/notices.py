"""Kind of operation on notices: what a worker recorded at the door."""

from typing import Any
from uuid import UUID

from app.core.actor import Actor, Permission
from app.core.db import Session
from app.notices import service as notices
from app.notices.schemas.states import PushedReceipt
from app.sync.operations.push_kinds import HOUSEHOLD, NEW, NOTICE, RECEIPT, Action, Explanation
from app.sync.rules.operation_kinds import Done


class NoticeReceiptCreate(Action):
    """Record that a household was told a notice, understood it, needs help or declined.

    Receipts have no row on phones and no version: the table is that of the household, whose grid decides who may record one.
    """

    entity, op, table = "notice_receipt", "create", "household"
    permissions = (Permission.NOTICE_READ, Permission.HOUSEHOLD_EDIT)
    schema = PushedReceipt
    creates_row = True
    parent_ref = ("household", "household_id")
    instant_fields = ("happened_at",)
    explanation = Explanation(
        "Record what happened to a notice at a household. `needs_help` opens a case, whose id is that of the receipt. It is "
        "stored although somebody else told the household meanwhile, the notice ended or the household opted out; `warnings` "
        "tell so.",
        f"Id of the receipt, {NEW}",
        RECEIPT,
        {"notice_id": NOTICE, "household_id": HOUSEHOLD, "state": "understood"},
    )

    def apply(self, session: Session, actor: Actor, row_id: UUID, payload: dict[str, Any]) -> Done:
        is_new, warnings = notices.record_offline_receipt(session, actor, **payload)
        return Done(row_id, is_new, warnings)
