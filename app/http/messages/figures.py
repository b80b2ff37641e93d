"""Messages about refused queries of figures (statistics)."""

FIGURE_MESSAGES: dict[str, tuple[str, str]] = {
    "areas_too_small": (
        "Rounded figures are given only for districts and streets. None of your areas is one.",
        "取整的统计数据只按区和街道提供，您的授权区域均小于街道。",
    ),
    "too_many_reports": (
        "There are more than {most:report|reports}. Choose a smaller area, fewer days or only "
        "some categories.",
        "上报超过 {most} 件：请缩小区域、缩短时段或限定类别。",
    ),
    "too_much_to_count": (
        "This is too much to count in one request. Choose fewer days, one area, or no periods for "
        "comparison (compare=none).",
        "一次统计的数据过多：请缩短时段、限定区域，或不附带对比时段（compare=none）。",
    ),
}
