"""Words of messages to reporters, by e-mail and SMS, and the limits of their addresses. Pure."""

from datetime import timedelta

from app.messages.rules.outbox import EMAIL, Content
from app.messages.rules.sms_text import shortened
from app.public.rules.states import PlainState

CONFIRMATION, CASE_STATE, CASE_REPLY = "confirmation", "case_state", "case_reply"
# A question that nobody answered is of no use after this time.
CONFIRM_WITHIN = timedelta(days=2)
# So long after the end of its case an address is kept: the case may be contested and opened again.
KEPT_AFTER_END = timedelta(days=60)
ENDED_KEPT = timedelta(days=30)
# Live addresses of one report; questions to one address, and from one network address, in 24 hours.
ADDRESSES_MAX, QUESTIONS_MAX, QUESTIONS_OF_SOURCE_MAX = 4, 3, 10


def _by_language(language: str, chinese: str, english: str) -> str:
    return chinese if language == "zh" else english


def confirmation(channel: str, language: str, *, case_no: str, city: str, confirm_url: str) -> Content:
    """Return the question whether the owner of an address wants messages about a report."""
    if channel != EMAIL:
        words = _by_language(
            language, f"确认接收{case_no}的通知：", f"Confirm messages about report {case_no}:"
        )
        brief = _by_language(language, "确认接收上报通知：", "Confirm messages:")
        return Content("", shortened(words, confirm_url, brief=brief))
    subject = _by_language(
        language, f"请确认：接收上报 {case_no} 的通知", f"Please confirm: messages about report {case_no}"
    )
    text = _by_language(
        language,
        f"有人要求将上报 {case_no} 的办理进展发送到此邮箱。\n\n"
        f"如果是您本人，请打开以下链接确认（两天内有效）：\n{confirm_url}\n\n"
        "如果不是您，请忽略本邮件，我们不会再发送。\n",
        f"Somebody asked for messages about report {case_no} to this address.\n\nIf it was you, open this link within two days "
        f"to confirm:\n{confirm_url}\n\nIf it was not you, do nothing: no further message will come.\n",
    )
    return Content(subject, text, sender=city)


def news_of_state(
    channel: str,
    language: str,
    *,
    state: PlainState,
    reason: str | None,
    case_no: str,
    city: str,
    follow_url: str,
    stop_url: str,
) -> Content:
    """Return the message that a case has a new state, in the words of the public page.

    Args:
        reason: Why the case ended so, or None.
        stop_url: In an SMS the page of `follow_url` has the button to stop.
    """
    title, text = state.title[language], state.text[language]
    if channel != EMAIL:
        words = _by_language(language, f"上报{case_no}：{title}", f"Report {case_no}: {title}")
        brief = _by_language(language, f"上报：{title}", f"Report: {title}")
        return Content("", shortened(words, follow_url, brief=brief), topic=state.code)
    subject = _by_language(language, f"上报 {case_no}：{title}", f"Report {case_no}: {title}")
    because = _by_language(language, f"理由：{reason}\n", f"Reason: {reason}\n") if reason else ""
    return Content(
        subject,
        f"{title}\n{text}\n{because}\n{_links(language, follow_url, stop_url)}",
        topic=state.code,
        stop_url=stop_url,
        sender=city,
    )


def news_of_reply(
    channel: str, language: str, *, case_no: str, city: str, follow_url: str, stop_url: str
) -> Content:
    """Return the message that the reporters of a case got a reply. The reply itself is on the page of the link."""
    words = _by_language(language, f"上报{case_no}有新回复", f"Report {case_no} has a reply")
    if channel != EMAIL:
        return Content("", shortened(words, follow_url))
    text = f"{words}{_by_language(language, '。', '.')}\n\n{_links(language, follow_url, stop_url)}"
    return Content(words, text, stop_url=stop_url, sender=city)


def _links(language: str, follow_url: str, stop_url: str) -> str:
    return _by_language(
        language,
        f"查看详情：{follow_url}\n持有此链接的人可查看您的上报，请勿转发。\n\n不再接收此类邮件：{stop_url}\n",
        f"Your report: {follow_url}\nA person who has this link can see your report. Do not pass it on.\n\n"
        f"No more messages: {stop_url}\n",
    )
