"""Words of the SMS and e-mails of notices. Pure."""

from app.messages.rules.outbox import EMAIL, Content
from app.messages.rules.sms_text import shortened


def content_of(channel: str, language: str, *, title: str, address: str, city: str) -> Content:
    """Return the message: the title of a notice and the link of the household. The text is on the page of the link only.

    Args:
        address: The page of the link. A POST to it ends notices through this channel (RFC 8058).
        city: Name of the sender of an e-mail.
    """
    if channel != EMAIL:
        return Content("", shortened(title, address))
    text = (
        f"{title}\n\n查看告知、回复或提问：{address}\n持有此链接的人可代您的住户回复，请勿转发。\n\n"
        "不再接收此类邮件：请打开上述链接，选择“不再以此方式接收告知”。\n"
        if language == "zh"
        else f"{title}\n\nRead the notice, answer or ask: {address}\nA person who has this link can answer for your household. "
        'Do not pass it on.\n\nNo more e-mails: open the link and choose "No more notices in this way".\n'
    )
    # A title may have line breaks, a subject has none.
    return Content(" ".join(title.split()), text, stop_url=address, sender=city)
