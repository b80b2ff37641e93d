"""Length and shortening of SMS: 160 septets in the GSM 7-bit alphabet, else 70 UTF-16 code units (3GPP TS 23.038). Pure."""

GSM_MOST, UCS2_MOST = 160, 70
# 3GPP TS 23.038 6.2.1: the default alphabet, and the characters of its extension table, which take two septets.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
_ELLIPSIS_GSM, _ELLIPSIS_UCS2 = "...", "…"


def is_gsm(text: str) -> bool:
    """Return True if the GSM 7-bit alphabet has each character of the text."""
    return all(character in _BASIC or character in _EXTENDED for character in text)


def length(text: str) -> int:
    """Return the length of an SMS: septets if the GSM 7-bit alphabet has all characters, else UTF-16 code units."""
    if is_gsm(text):
        return sum(2 if character in _EXTENDED else 1 for character in text)
    return len(text.encode("utf-16-be")) // 2


def most(text: str) -> int:
    """Return the length that one SMS with these characters may have."""
    return GSM_MOST if is_gsm(text) else UCS2_MOST


def fits(text: str) -> bool:
    """Return True if the text is one SMS."""
    return length(text) <= most(text)


def shortened(words: str, link: str = "", *, brief: str = "") -> str:
    """Return one SMS with the words, and with the link at its end.

    If they do not fit, the brief words take their place; then words are cut from their end. The link is kept whole: if no
    words fit beside it, the SMS is the link alone.
    """
    for each in filter(None, (words, brief)):
        if fits(_joined(each, link)):
            return _joined(each, link)
    words = brief or words
    mark = _ELLIPSIS_GSM if is_gsm(_joined(words, link)) else _ELLIPSIS_UCS2
    # From the longest: a cut may leave only characters of the GSM alphabet, which then fit better.
    for count in range(len(words) - 1, 0, -1):
        for each in (mark, _ELLIPSIS_GSM):
            text = _joined(words[:count].rstrip() + each, link)
            if fits(text):
                return text
    return link


def _joined(words: str, link: str) -> str:
    return f"{words} {link}".strip() if link else words
