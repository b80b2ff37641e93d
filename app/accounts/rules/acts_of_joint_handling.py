"""Templates of audit sentences about cases that several people handle together.

In a template `{who}` is the actor and `{what}` the object of the act.
"""

JOINT: dict[str, tuple[str, str]] = {
    # action: (English, Chinese)
    "incident.confirm": (
        "{who} confirmed the proposed worker of case {what}.",
        "{who}确认了案卷{what}的拟派人选。",
    ),
    "incident.accept_part": (
        "{who} accepted the joint part of their unit in case {what}.",
        "{who}接受了案卷{what}的协办任务。",
    ),
    "incident.add_unit": (
        "{who} added a joint unit to case {what}.",
        "{who}为案卷{what}增加了协办单位。",
    ),
    "incident.part_done": (
        "{who} completed the joint part of their unit in case {what}.",
        "{who}完成了案卷{what}的协办任务。",
    ),
    "incident.part_return": (
        "{who} returned the joint part of their unit in case {what}.",
        "{who}退回了案卷{what}的协办任务。",
    ),
    "incident.make_lead": (
        "{who} changed the lead unit of case {what}.",
        "{who}变更了案卷{what}的主办单位。",
    ),
    "incident.waive_parts": (
        "{who} continued case {what} without its open parts.",
        "{who}决定案卷{what}不再等待协办。",
    ),
    "incident.withdraw_unit": (
        "{who} withdrew a joint unit from case {what}.",
        "{who}撤回了案卷{what}的一个协办单位。",
    ),
}
