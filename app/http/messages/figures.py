"""What people read when figures are refused."""

FIGURE_MESSAGES: dict[str, tuple[str, str]] = {
    "too_much_to_count": (
        "That is more than can be counted at once: ask for fewer days, one area, or without the periods beside (compare=none).",
        "一次统计的数据过多：请缩短时段、限定区域，或不附带对比时段（compare=none）。",
    ),
}
