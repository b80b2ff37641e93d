"""Use cases of notices."""

from app.notices.service.attachments import Attachment, MediaOfNotices
from app.notices.service.batches import store_batch, unfinished
from app.notices.service.links import make_link, replies, revoke_link, visible_replies
from app.notices.service.messages import NoticeComposer, forget_numbers, make_messages, wake_if_unmade
from app.notices.service.notices import change_notice, create_notice, list_notices, notice
from app.notices.service.phone_tasks import FIRST, put_tasks
from app.notices.service.publication import approve, preview, previewed_households, publish, refuse, withdraw
from app.notices.service.receipts import record_offline_receipt, record_receipt
from app.notices.service.residents import (
    OpenedNotice,
    answer,
    ask,
    city_of_secret,
    code_of,
    end_secret,
    follow_reply,
    forget_failures,
    opened_attachment,
    opened_notice,
    opt_out,
    require_tries_left,
    store_failure,
)
from app.notices.service.retention import forget_states
from app.notices.service.sms_replies import (
    SmsAnswer,
    answer_by_code,
    answer_by_phone,
    is_told_phone,
    opt_out_by_phone,
    secret_of_code,
)
from app.notices.service.states import (
    addressee,
    addressees,
    coverage,
    coverages,
    set_wishes,
    wishes,
)
from app.notices.service.tasks import Sheets, print_sheets, tasks

__all__ = [
    "FIRST",
    "Attachment",
    "MediaOfNotices",
    "NoticeComposer",
    "OpenedNotice",
    "Sheets",
    "SmsAnswer",
    "addressee",
    "addressees",
    "answer",
    "answer_by_code",
    "answer_by_phone",
    "approve",
    "ask",
    "change_notice",
    "city_of_secret",
    "code_of",
    "coverage",
    "coverages",
    "create_notice",
    "end_secret",
    "follow_reply",
    "forget_failures",
    "forget_numbers",
    "forget_states",
    "is_told_phone",
    "list_notices",
    "make_link",
    "make_messages",
    "notice",
    "opened_attachment",
    "opened_notice",
    "opt_out",
    "opt_out_by_phone",
    "preview",
    "previewed_households",
    "print_sheets",
    "publish",
    "put_tasks",
    "record_offline_receipt",
    "record_receipt",
    "refuse",
    "replies",
    "require_tries_left",
    "revoke_link",
    "secret_of_code",
    "set_wishes",
    "store_batch",
    "store_failure",
    "tasks",
    "unfinished",
    "visible_replies",
    "wake_if_unmade",
    "wishes",
    "withdraw",
]
