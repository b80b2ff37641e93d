"""What acts on a case before and beside its handling are called; `app.accounts.rules.acts` has the others."""

LIFE: dict[str, tuple[str, str]] = {
    # action: (English, Chinese)
    "incident.verify_exists": ("{who} verified case {what}: it is so.", "{who}核实案卷{what}属实。"),
    "incident.verify_not_exist": ("{who} verified case {what}: it is not so.", "{who}核实案卷{what}不属实。"),
    "incident.verify_unable": ("{who} could not verify case {what}.", "{who}无法核实案卷{what}。"),
    "incident.file": ("{who} filed case {what}.", "{who}对案卷{what}予以立案。"),
    "incident.assign_verify": ("{who} chose who verifies case {what}.", "{who}指派了案卷{what}的核实人。"),
    "incident.ask_extension": ("{who} asked for more time for case {what}.", "{who}为案卷{what}申请延期。"),
    "incident.grant_extension": ("{who} gave case {what} more time.", "{who}同意案卷{what}延期。"),
    "incident.refuse_extension": ("{who} gave case {what} no more time.", "{who}不同意案卷{what}延期。"),
    "incident.supervise": ("{who} put case {what} under supervision.", "{who}对案卷{what}进行督办。"),
    "incident.end_supervision": (
        "{who} ended the supervision of case {what}.",
        "{who}解除了案卷{what}的督办。",
    ),
    "incident.put_on_books": ("{who} put case {what} on the books.", "{who}将案卷{what}挂账。"),
    "incident.take_from_books": ("{who} took case {what} from the books.", "{who}将案卷{what}销账恢复办理。"),
    "incident.contest": ("{who} contested the end of case {what}.", "{who}对案卷{what}的结案提出异议。"),
    "incident.second_done": (
        "{who} handed in what they did as the second of case {what}.",
        "{who}作为协办人反馈了案卷{what}。",
    ),
    "incident.print": ("{who} took case {what} along on paper.", "{who}打印带走了案卷{what}。"),
}
