"""Codes, flags and reasons in answers to devices, with advice for the device. Pure.

The sentences that people read are in app/http/messages. docs/reference/sync-reference.md is made from the codes here and those
sentences.
"""

from dataclasses import dataclass
from enum import Enum

from app.incidents.cases.rules.report_warnings import REPORT_WARNINGS
from app.sync.rules.events import Bye
from app.sync.rules.tokens import Resync


class Advice(Enum):
    """Instruction to a device about an operation that did not take effect as sent."""

    CORRECT = "Let the worker correct the entry and enter it as a new operation."
    APP_FAULT = "A fault of the app. Keep the operation, and report it to the maker of the app."
    CHANGED = "Pull, then show the worker what is there now. Nothing is sent again."
    NOT_ALLOWED = "Show the sentence. A supervisor, or another worker, can do it."
    DECIDE = "Show both values. A person resolves the dead letter."
    GROUP = "Show the sentence with the operation of the group that failed."
    SERVER = "Show the sentence. A person retries the dead letter, or discards it."
    AGAIN = "Send the same operation again later, unchanged."


@dataclass(frozen=True, slots=True)
class AnswerCode:
    """The status and the advice that belong to a code in the result of an operation."""

    status: str
    advice: Advice

    @property
    def is_final(self) -> bool:
        """True if the device must not send the same operation again."""
        return self.advice is not Advice.AGAIN


def _rejected(advice: Advice, *codes: str) -> dict[str, AnswerCode]:
    return {code: AnswerCode("rejected", advice) for code in codes}


RESULT_CODES: dict[str, AnswerCode] = {
    "field_conflict": AnswerCode("conflict", Advice.DECIDE),
    **_rejected(Advice.AGAIN, "busy"),
    **_rejected(
        Advice.CORRECT,
        "validation_failed",
        "external_ref_taken",
        "label_taken",
        "premises_not_lived_in",
        "duty_backdated_too_far",
        "duty_end_before_start",
        "duty_in_future",
        "extension_too_long",
        "presence_not_shown",
        "media_refused",
        "media_hangs_elsewhere",
    ),
    **_rejected(
        Advice.APP_FAULT,
        "unknown_field",
        "operation_unknown",
        "op_too_large",
        "op_id_reused",
        "device_seq_reused",
        "id_reused",
        "already_exists",
        "reference_unknown",
    ),
    **_rejected(
        Advice.CHANGED,
        "not_found",
        "version_stale",
        "row_deleted",
        "premises_merged",
        "address_taken",
        "address_taken_unseen",
        "transition_illegal",
        "assignment_taken",
        "assignment_not_held",
        "assignment_further_on",
        "offer_not_live",
        "case_locked",
        "duty_not_open",
        "duty_overlaps",
        "parts_unfinished",
        "no_open_parts",
        "unit_leads",
        "unit_has_part",
        "same_unit",
        "stage_not_running",
        "nothing_proposed",
        "not_locked",
        "not_pinned",
        "not_supervised",
        "not_extended",
        "extension_pending",
        "extension_not_asked",
        "extension_too_late",
        "extended_enough",
        "contest_too_late",
        "second_missing",
        "second_unfinished",
    ),
    **_rejected(
        Advice.NOT_ALLOWED,
        "permission_missing",
        "outside_own_areas",
        "out_of_scope",
        "not_a_worker",
        "note_not_open",
        "transition_not_yours",
        "worker_not_eligible",
        "category_not_admitted",
        "category_unowned",
        "own_work_check",
        "own_extension",
        "own_deferral",
        "own_order_contested",
    ),
    **_rejected(Advice.GROUP, "group_failed"),
    **_rejected(Advice.SERVER, "took_too_long", "conflict", "internal"),
}

# Warnings of an operation that took effect: the device shows them to the worker and sends nothing again.
WARNING_CODES: tuple[str, ...] = (
    "holds_phone",
    "possible_double",
    *REPORT_WARNINGS,
    "told_by_another",
    "answered_by_household",
    "told_after_opt_out",
    "told_after_end",
    "told_after_withdrawal",
)

FLAGS: dict[str, str] = {
    "late_after_reassign": "The operation took effect. It was done before the grid was given to somebody else and came after "
    "it: a supervisor is told. It has a `dead_letter`.",
    "replay": "The operation was answered before; this is the same answer again.",
}

BYE_REASONS: dict[Bye, str] = {
    Bye.TOKEN_EXPIRED: "The access token, or the ticket, has expired. Refresh, then open another stream.",
    Bye.RIGHTS_CHANGED: "Roles, grids or areas of the account have changed. Pull, then open another stream.",
    Bye.SESSION_ENDED: "The session is over. Refresh: its 401 says why; then wipe.",
    Bye.SERVER_STOPPING: "The server restarts. Open another stream after the `retry` time of the stream.",
}

RESYNC_REASONS: dict[Resync, str] = {
    Resync.EPOCH: "The server's data come from a backup, or from a standby that lacked the newest changes.",
    Resync.TOO_OLD: "The device has not pulled for longer than the server stores changes.",
    Resync.UNKNOWN_TOKEN: "A newer version of the server does not read this token any more.",
}

# Advice to a device whose whole request is refused, by status and code.
REFUSALS: dict[tuple[int, str], str] = {
    (400, "json_invalid"): "Push: send half of the operations, down to one. Else a fault of the app.",
    (
        400,
        "sync_token_invalid",
    ): "Pull with the token of the last checkpoint; if it is that one, begin without a token.",
    (401, "token_expired"): "Refresh once, then repeat the call.",
    (401, "token_invalid"): "Refresh once, then repeat the call.",
    (401, "session_revoked"): "Wipe, except what the worker wrote and the server has not answered.",
    (401, "refresh_invalid"): "The session ran out. Wipe, except what the worker wrote; ask to sign in.",
    (
        401,
        "refresh_reused",
    ): "The server ended the session for safety. Wipe, except what the worker wrote; ask to sign in.",
    (
        403,
        "password_change_required",
    ): "Let the worker change the password (`POST /me/password`), then go on.",
    (409, "device_busy"): "Another push of this device is under way. Send again later, unchanged.",
    (410, "resync_required"): "Delete all rows and the token, keep the queue, pull without a token.",
    (413, "body_too_large"): "Send half of the operations, down to one operation or one group.",
    (422, "validation_failed"): "Push: send half of the operations, down to one. Else a fault of the app.",
    (
        429,
        "sign_in_throttled",
    ): "Wait `Retry-After` seconds. It comes after 10 wrong sign-ins, for up to 900 seconds.",
    (429, "rate_limited"): "Wait `Retry-After` seconds.",
    (503, "unavailable"): "Nothing was stored. Send again later, unchanged.",
    (503, "outcome_unknown"): "It may have been stored. Send again later, unchanged, with the same ids.",
}
