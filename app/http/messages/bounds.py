"""Messages of field faults that contain the bounds or the allowed values of the field."""

# Code and the names beside it: English, Chinese.
BOUND_MESSAGES: dict[tuple[str, frozenset[str]], tuple[str, str]] = {
    ("out_of_range", frozenset({"days"})): (
        "must be at most {days:day|days} from now",
        "最迟为 {days} 天之后",
    ),
    ("out_of_range", frozenset({"most", "unit"})): ("must be at most {most:g} ({unit})", "最大为 {most:g}（{unit}）"),
    ("not_one_of", frozenset({"allowed"})): ("is not one of {allowed}", "不是以下之一：{allowed}"),
}  # fmt: skip


def bound_message(fault: dict[str, object]) -> tuple[str, str] | None:
    """Return the message (English, Chinese) with the bounds of a fault, or None without bounds."""
    return BOUND_MESSAGES.get((str(fault["code"]), frozenset(fault.keys() - {"field", "code"})))
