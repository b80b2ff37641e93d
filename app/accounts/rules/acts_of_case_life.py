"""Templates of audit sentences about the life cycle of cases, except their handling.

In a template `{who}` is the actor and `{what}` the object of the act.
"""

LIFE: dict[str, tuple[str, str]] = {
    # action: (English, Chinese)
    "incident.verify_exists": ("{who} verified case {what}: as reported.", "{who}核实案卷{what}属实。"),
    "incident.verify_not_exist": (
        "{who} verified case {what}: not as reported.",
        "{who}核实案卷{what}不属实。",
    ),
    "incident.verify_unable": ("{who} was unable to verify case {what}.", "{who}无法核实案卷{what}。"),
    "incident.file": ("{who} filed case {what}.", "{who}对案卷{what}予以立案。"),
    "incident.assign_verify": (
        "{who} assigned a verifier to case {what}.",
        "{who}指派了案卷{what}的核实人。",
    ),
    "incident.ask_extension": (
        "{who} requested an extension for case {what}.",
        "{who}为案卷{what}申请延期。",
    ),
    "incident.grant_extension": (
        "{who} granted an extension for case {what}.",
        "{who}同意案卷{what}延期。",
    ),
    "incident.refuse_extension": (
        "{who} refused an extension for case {what}.",
        "{who}不同意案卷{what}延期。",
    ),
    "incident.supervise": ("{who} put case {what} under supervision.", "{who}对案卷{what}进行督办。"),
    "incident.end_supervision": (
        "{who} ended the supervision of case {what}.",
        "{who}解除了案卷{what}的督办。",
    ),
    "incident.put_on_books": ("{who} put case {what} on long-term hold.", "{who}将案卷{what}挂账。"),
    "incident.take_from_books": (
        "{who} ended the long-term hold of case {what}.",
        "{who}将案卷{what}销账恢复办理。",
    ),
    "incident.contest": (
        "{who} contested the closure of case {what}.",
        "{who}对案卷{what}的结案提出异议。",
    ),
    "incident.second_done": (
        "{who} submitted feedback as the second worker of case {what}.",
        "{who}作为协助人反馈了案卷{what}。",
    ),
    "incident.print": ("{who} printed case {what}.", "{who}打印了案卷{what}。"),
}
