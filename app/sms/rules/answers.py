"""Words of the answers to SMS, in Chinese and English, each one SMS. Pure."""

from app.core.enumerations import Enumeration
from app.messages.rules.sms_text import shortened

OUTCOMES = Enumeration(
    "SmsOutcome",
    {
        "reported": "a case was opened",
        "accepted": "the worker accepted the task",
        "done": "the worker's task was fed back as done",
        "words_added": "words were added to a case",
        "confirmed": "messages to the sender were confirmed",
        "stopped": "messages to the sender were stopped",
        "understood": "a household understood a notice",
        "needs_help": "a household needs help about a notice: a case was opened, once",
        "asked": "a household asked about a notice: a case was opened",
        "notices_stopped": "a household wants no more notices by SMS",
        "refused": "understood and not possible: `code` says why",
        "help": "not understood: a person reads it",
    },
)
_WORDS = {
    "reported": ("已上报，案卷号{case_no}。", "Reported as case {case_no}."),
    "accepted": ("已接单：{case_no}。", "Accepted: {case_no}."),
    "done": ("已办结，等待核查：{case_no}。", "Fed back as done: {case_no}."),
    "words_added": ("已补充到案卷{case_no}。", "Added to case {case_no}."),
    "confirmed": ("已开通通知。退订回复T。", "You will get messages. Reply STOP to end them."),
    "understood": ("已记录：您已知晓该告知。谢谢。", "Stored: you have understood the notice. Thank you."),
    "needs_help": (
        "已收到求助{case_no}，会有人联系您。",
        "Your request {case_no} was stored. Somebody will help you.",
    ),
    "asked": ("已收到提问，案卷号{case_no}。", "Your question was stored as case {case_no}."),
    "notices_stopped": (
        "不再以短信发送告知。如需恢复请联系网格员。",
        "No more notices by SMS. Ask the grid worker to change it.",
    ),
    "stopped": ("已停止通知，您的号码已删除。", "No more messages. Your number was erased."),
}
_ENGLISH = frozenset({"STOP", "YES", "HELP", "OK", "UNDERSTOOD"})
_REFUSED = ("未受理：", "Not done: ")
_HELP_OF_WORKER = (
    "未识别，已留存。R 类别 地点:说明(上报) A 案卷号(接单) D 案卷号 说明(办结)",
    "Not understood; kept. R category place: text (report), A number (accept), D number text (done).",
)
_HELP = (
    "未识别，已留存。补充情况：案卷号+内容。退订：T。",
    "Not understood; kept for a person. To add to a report: its number and your words. To stop messages: STOP.",
)


def _in(language: str, words: tuple[str, str]) -> str:
    return words[0 if language == "zh" else 1]


def done_text(outcome: str, language: str, case_no: str | None) -> str:
    """Return the answer to an SMS that was applied."""
    words = _in(language, _WORDS[outcome]).format(case_no=case_no or "")
    return shortened(" ".join(words.split()))


def refused_text(language: str, reason: str) -> str:
    """Return the answer to an SMS that could not be applied.

    Args:
        reason: The sentence of the error.
    """
    return shortened(_in(language, _REFUSED) + reason)


def help_text(language: str, *, is_worker: bool) -> str:
    """Return the answer to an SMS that was not understood."""
    return shortened(_in(language, _HELP_OF_WORKER if is_worker else _HELP))


def language_of(text: str) -> str:
    """Return the language of an answer: English if an SMS has two words of Latin letters and nothing Chinese, else Chinese."""
    if any("\u3400" <= letter <= "\u9fff" for letter in text):
        return "zh"
    words = [word for word in text.split() if word.isascii() and len(word) > 2 and word.isalpha()]
    return "en" if len(words) >= 2 or text.strip().upper() in _ENGLISH else "zh"
