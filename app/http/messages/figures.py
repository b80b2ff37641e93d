"""What people read when figures are refused."""

FIGURE_MESSAGES: dict[str, tuple[str, str]] = {
    "areas_too_small": (
        "Rounded figures are told of districts and streets, and none of your areas is one.",
        "取整数据只按区和街道提供，您的授权区域均小于街道。",
    ),
    "too_many_reports": (
        "There are more than {most} reports: ask for a smaller area, fewer days or some categories only.",
        "上报超过 {most} 件：请缩小区域、缩短时段或限定类别。",
    ),
    "too_much_to_count": (
        "That is more than can be counted at once: ask for fewer days, one area, or without the periods beside (compare=none).",
        "一次统计的数据过多：请缩短时段、限定区域，或不附带对比时段（compare=none）。",
    ),
}
