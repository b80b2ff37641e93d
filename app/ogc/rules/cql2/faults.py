"""The exception of invalid filters: a stable code, and the parameters of its message."""

_TYPES: dict[str, tuple[str, str]] = {
    # type of a term: (English, Chinese)
    "boolean": ("a condition", "条件"),
    "bigint": ("a whole number", "整数"),
    "numeric": ("a number", "数字"),
    "float8": ("a number", "数字"),
    "text": ("text", "文本"),
    "uuid": ("a UUID", "UUID"),
    "date": ("a day", "日期"),
    "timestamptz": ("an instant", "时刻"),
    "time": ("a day or an instant", "日期或时刻"),
    "geometry": ("a geometry", "几何"),
}
_END = {"en": "end of the filter", "zh": "结尾"}


class Fault(Exception):
    """Raised for a filter that is invalid or too large.

    `code` is one of the message codes `filter_*`.
    """

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def syntax(position: int, text: str) -> Fault:
    """Return the exception for unexpected text at `position` (from 0) of the filter."""
    return Fault("filter_syntax", at=position + 1, found=f"'{text[:40]}'" if text else _END)


def wrong_type(wanted: str, actual: str) -> Fault:
    """Return the exception for an operand of type `actual` where `wanted` is required.

    Both are names of SQL types, or `time`.
    """
    type_names = [{"en": _TYPES[name][0], "zh": _TYPES[name][1]} for name in (wanted, actual)]
    return Fault("filter_type", wanted=type_names[0], found=type_names[1])
