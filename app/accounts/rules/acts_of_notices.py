"""Templates of audit sentences about notices to households.

In a template `{who}` is the actor and `{what}` the object of the act.
"""

NOTICES: dict[str, tuple[str, str]] = {
    "notice.create": ("{who} wrote a notice.", "{who}起草了一则告知。"),
    "notice.change": ("{who} changed the draft of a notice.", "{who}修改了告知草稿。"),
    "notice.submit": (
        "{who} let a notice wait for the approval of a second person.",
        "{who}提交了一则告知，等待另一人批准。",
    ),
    "notice.publish": ("{who} published a notice.", "{who}发布了一则告知。"),
    "notice.approve": ("{who} approved and published a notice.", "{who}批准并发布了一则告知。"),
    "notice.refuse": ("{who} refused a notice.", "{who}未批准一则告知。"),
    "notice.receipt": (
        "{who} recorded what happened to a notice at a household.",
        "{who}登记了一户住户的告知情况。",
    ),
    "notice.link": (
        "{who} made the secret link of a household to a notice.",
        "{who}为住户生成了告知的专用链接。",
    ),
    "notice.revoke_link": (
        "{who} revoked the secret link of a household to a notice.",
        "{who}停用了住户的告知链接。",
    ),
    "notice.print": (
        "{who} printed a notice with codes for households.",
        "{who}打印了附有住户代码的告知单。",
    ),
    "notice.opt_outs": (
        "{who} recorded which notices a household does not want.",
        "{who}登记了住户不愿接收的告知。",
    ),
    "notice.withdraw": ("{who} withdrew a notice.", "{who}撤回了一则告知。"),
}
