"""What acts on a case that several units handle are called; `app.accounts.rules.acts` has the others."""

JOINT: dict[str, tuple[str, str]] = {
    # action: (English, Chinese)
    "incident.confirm": (
        "{who} confirmed whom the rules proposed for case {what}.",
        "{who}确认了案卷{what}的拟派人选。",
    ),
    "incident.accept_part": (
        "{who} accepted their unit's part of case {what}.",
        "{who}接受了案卷{what}的协办任务。",
    ),
    "incident.add_unit": (
        "{who} had one more unit handle case {what} jointly.",
        "{who}为案卷{what}增加了协办单位。",
    ),
    "incident.part_done": (
        "{who} did their unit's part of case {what}.",
        "{who}完成了案卷{what}的协办任务。",
    ),
    "incident.part_return": (
        "{who} returned their unit's part of case {what}.",
        "{who}退回了案卷{what}的协办任务。",
    ),
    "incident.make_lead": (
        "{who} chose which unit leads case {what}.",
        "{who}指定了案卷{what}的牵头单位。",
    ),
    "incident.waive_parts": (
        "{who} had case {what} go on without parts that are missing.",
        "{who}决定案卷{what}免等未完成的协办。",
    ),
    "incident.withdraw_unit": (
        "{who} withdrew a unit's part of case {what}.",
        "{who}撤回了案卷{what}的一项协办任务。",
    ),
}
