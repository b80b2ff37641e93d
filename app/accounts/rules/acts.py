"""What each audited act is called: a sentence in English and Chinese; `{who}` acted, `{what}` is what it was done to."""

from app.accounts.rules.acts_of_accounts import ACCOUNTS
from app.accounts.rules.acts_of_case_life import LIFE
from app.accounts.rules.acts_of_joint_handling import JOINT
from app.accounts.rules.acts_of_the_register import REGISTER

ACTS_OF_OTHERS = ACCOUNTS | REGISTER | JOINT | LIFE

# action: (English, Chinese)
ACTS: dict[str, tuple[str, str]] = {
    "area.import": (
        "{who} imported areas.",
        "{who}导入了区划。",
    ),
    "area.redraw": (
        "{who} redrew areas in {what}.",
        "{who}重划了{what}内的区划。",
    ),
    "audit.read": ("{who} read the audit trail.", "{who}查阅了审计记录。"),
    "audit.export": ("{who} exported the audit trail.", "{who}导出了审计记录。"),
    "duty.end": (
        "{who} took {what} off duty.",
        "{who}登记{what}离岗。",
    ),
    "duty.start": (
        "{who} put {what} on duty.",
        "{who}登记{what}到岗。",
    ),
    "component.import": (
        "{who} imported components.",
        "{who}导入了部件。",
    ),
    "evaluation.export": (
        "{who} took along the report on a month of {what}.",
        "{who}导出了{what}的月度评价。",
    ),
    "export.approve": (
        "{who} agreed to an export.",
        "{who}同意了一次导出。",
    ),
    "export.at_once": (
        "{who} exported data.",
        "{who}导出了数据。",
    ),
    "export.cancel": (
        "{who} cancelled an export or erased its file.",
        "{who}取消了一次导出或删除了其文件。",
    ),
    "export.download": (
        "{who} fetched the file of an export.",
        "{who}下载了导出文件。",
    ),
    "export.refuse": (
        "{who} refused an export.",
        "{who}拒绝了一次导出。",
    ),
    "export.request": (
        "{who} asked for an export.",
        "{who}申请了一次导出。",
    ),
    "household.insert": (
        "{who} entered households.",
        "{who}录入了住户。",
    ),
    "incident.accept": (
        "{who} accepted case {what}.",
        "{who}接受了案卷{what}。",
    ),
    "incident.annotate": (
        "{who} wrote a note on case {what}.",
        "{who}为案卷{what}写了批注。",
    ),
    "incident.assign_check": (
        "{who} chose who checks case {what}.",
        "{who}指定了案卷{what}的核查人。",
    ),
    "incident.stage_done": (
        "{who} finished a stage of case {what}.",
        "{who}完成了案卷{what}的一个阶段。",
    ),
    "figure.contest": (
        "{who} contested a figure about themselves.",
        "{who}对本人的一项数据提出异议。",
    ),
    "figure.resolve": (
        "{who} resolved what {what} contested.",
        "{who}处理了{what}提出的异议。",
    ),
    "incident.assign_second": (
        "{who} chose who helps with case {what}.",
        "{who}指定了案卷{what}的协办人。",
    ),
    "incident.check_fail": (
        "{who} did not pass case {what}.",
        "{who}核查案卷{what}未通过。",
    ),
    "incident.check_pass": (
        "{who} passed case {what}.",
        "{who}核查案卷{what}通过。",
    ),
    "incident.check_unable": (
        "{who} was not able to check case {what}.",
        "{who}无法核查案卷{what}。",
    ),
    "incident.correct": (
        "{who} corrected case {what}.",
        "{who}更正了案卷{what}。",
    ),
    "incident.decline": (
        "{who} declined case {what}.",
        "{who}谢绝了案卷{what}。",
    ),
    "incident.defer": (
        "{who} deferred case {what}.",
        "{who}缓办了案卷{what}。",
    ),
    "incident.en_route": (
        "{who} set out for case {what}.",
        "{who}出发前往案卷{what}现场。",
    ),
    "incident.on_scene": (
        "{who} reached the place of case {what}.",
        "{who}到达案卷{what}现场。",
    ),
    "incident.fail": (
        "{who} could not do case {what} and gave it back.",
        "{who}无法承办案卷{what}，已交回。",
    ),
    "incident.override": (
        "{who} gave case {what} to somebody although rules spoke against it.",
        "{who}越过派遣规则指派了案卷{what}。",
    ),
    "incident.pin": (
        "{who} pinned case {what} to a worker.",
        "{who}为案卷{what}指定了承办人。",
    ),
    "incident.unpin": (
        "{who} took the pin off case {what}.",
        "{who}取消了案卷{what}的指定承办人。",
    ),
    "incident.join": (
        "{who} added a report to case {what}.",
        "{who}对案卷{what}追加了上报。",
    ),
    "incident.link": (
        "{who} linked case {what} with another one.",
        "{who}将案卷{what}与另一案卷关联。",
    ),
    "incident.unlink": (
        "{who} took the link off case {what}.",
        "{who}取消了案卷{what}的关联。",
    ),
    "incident.lock": (
        "{who} locked case {what}: no rule moves it.",
        "{who}锁定了案卷{what}，不再自动派遣。",
    ),
    "incident.unlock": (
        "{who} unlocked case {what}.",
        "{who}解除了案卷{what}的锁定。",
    ),
    "incident.feed_back": (
        "{who} reported case {what} as handled.",
        "{who}反馈案卷{what}已处置。",
    ),
    "incident.force_close": (
        "{who} closed case {what} by order.",
        "{who}强制结案{what}。",
    ),
    "incident.give_out": (
        "{who} gave a case out of case {what} again.",
        "{who}将一件案卷从案卷{what}中拆出。",
    ),
    "incident.merge": (
        "{who} merged case {what} into another one.",
        "{who}将案卷{what}并入另一案卷。",
    ),
    "incident.not_file": (
        "{who} did not file case {what}.",
        "{who}对案卷{what}不予立案。",
    ),
    "incident.note": (
        "{who} added a note to case {what}.",
        "{who}为案卷{what}添加了备注。",
    ),
    "incident.reply": ("{who} answered reporters of case {what}.", "{who}答复了案卷{what}的上报人。"),
    "incident.reassign": (
        "{who} gave case {what} to somebody else.",
        "{who}改派了案卷{what}。",
    ),
    "incident.redispatch": (
        "{who} had case {what} dispatched again.",
        "{who}重新派遣了案卷{what}。",
    ),
    "incident.report": (
        "{who} reported case {what}.",
        "{who}上报了案卷{what}。",
    ),
    "incident.resume": (
        "{who} resumed case {what}.",
        "{who}恢复办理案卷{what}。",
    ),
    "incident.return": (
        "{who} returned case {what}.",
        "{who}退回了案卷{what}。",
    ),
    "incident.start": (
        "{who} began to handle case {what}.",
        "{who}开始处置案卷{what}。",
    ),
    "incident.take_in": (
        "{who} took another case into case {what}.",
        "{who}将另一案卷并入案卷{what}。",
    ),
    "incident.unmerge": (
        "{who} took case {what} out of another one again.",
        "{who}将案卷{what}从并案中拆出。",
    ),
    "incident.urge": (
        "{who} urged case {what}.",
        "{who}督办了案卷{what}。",
    ),
    "signal.acknowledge": (
        "{who} said what was done about a signal.",
        "{who}登记了对一条预警信号的处理。",
    ),
    "jurisdiction.create": (
        "{who} opened jurisdiction {what}.",
        "{who}新建了辖区{what}。",
    ),
    "media.give_up": (
        "{who} gave up sending a photo or voice note.",
        "{who}放弃了一个照片或语音的上传。",
    ),
    "media.link": (
        "{who} hung a photo or voice note on case {what}.",
        "{who}将照片或语音附到案卷{what}。",
    ),
    "media.remove": (
        "{who} removed a photo or voice note of {what}.",
        "{who}删除了{what}的照片或语音。",
    ),
    "media.unlink": (
        "{who} took a photo or voice note off case {what}.",
        "{who}从案卷{what}取下照片或语音。",
    ),
    "personal.disclose": (
        "{who} was shown personal fields.",
        "{who}查看了个人信息。",
    ),
    "profile.publish.ahead": (
        "{who} scheduled new rules for jurisdiction {what}.",
        "{who}预先发布了辖区{what}的新配置，届时生效。",
    ),
    "profile.publish": (
        "{who} put new rules in force in jurisdiction {what}.",
        "{who}发布了辖区{what}的新配置。",
    ),
    "responsibility.end": (
        "{who} ended what {what} looks after.",
        "{who}终止了{what}的一项责任。",
    ),
    "responsibility.set": (
        "{who} let {what} look after an area.",
        "{who}为{what}设定了责任区域。",
    ),
    "shift.cancel": (
        "{who} took back a shift of {what}.",
        "{who}取消了{what}的一个班次。",
    ),
    "shift.change": (
        "{who} changed a shift of {what}.",
        "{who}修改了{what}的一个班次。",
    ),
    "shift.import": (
        "{who} planned shifts from a sheet.",
        "{who}通过表格导入了排班。",
    ),
    "shift.plan": (
        "{who} planned a shift of {what}.",
        "{who}为{what}安排了班次。",
    ),
    "sos.acknowledge": (
        "{who} took care of a call for help of {what}.",
        "{who}确认了{what}的求助。",
    ),
    "sos.close": (
        "{who} closed a call for help of {what}.",
        "{who}结束了{what}的求助。",
    ),
    "sos.escalate": (
        "{who} told those above of a call for help of {what}.",
        "{who}将{what}的求助上报上级。",
    ),
    "sos.raise": (
        "{who} called for help.",
        "{who}发出了求助。",
    ),
    "substitution.begin": (
        "{who} let somebody stand in for {what}.",
        "{who}为{what}安排了替岗。",
    ),
    "substitution.end": (
        "{who} ended the standing in for {what}.",
        "{who}终止了{what}的替岗。",
    ),
    "unit.change": (
        "{who} changed unit {what}.",
        "{who}修改了责任单位{what}。",
    ),
    "unit.create": (
        "{who} set up unit {what}.",
        "{who}新建了责任单位{what}。",
    ),
    "worker.change": (
        "{who} changed the entry of {what} as a worker.",
        "{who}修改了网格员{what}的资料。",
    ),
    "worker.create": (
        "{who} made {what} a worker.",
        "{who}将{what}登记为网格员。",
    ),
    "worker.locate": (
        "{who} looked where workers are.",
        "{who}查看了网格员的位置。",
    ),
    "worker.track": (
        "{who} looked at the track of {what}.",
        "{who}查看了{what}的轨迹。",
    ),
    "plan.order": ("{who} put the stops of a day in another order.", "{who}调整了当日计划的顺序。"),
    "plan.pin": ("{who} fixed the time of a stop in a day plan.", "{who}固定了当日计划中一站的时间。"),
    "plan.unpin": ("{who} freed the time of a stop in a day plan.", "{who}取消了当日计划中一站的固定时间。"),
    "check_lot.draw": ("{who} drew a list of homes to check by lot.", "{who}抽签产生了抽查名单。"),
} | ACTS_OF_OTHERS
# What Gridward itself does, and acts that have no sentence of their own.
SYSTEM_NAME = {"en": "The system", "zh": "系统"}
# Whoever ran a command on the server, and an account in whose name they did.
OPERATOR = {
    "en": "{user} on the server (gridward {command})",
    "zh": "服务器操作员{user}（gridward {command}）",
}
THROUGH = {"en": ", through %s,", "zh": "（经由%s）"}
SOMEBODY = {"en": "Somebody", "zh": "某人"}
OTHER = ("{who}: {action} {what}", "{who}：{action} {what}")


def templates() -> dict[str, dict[str, str]]:
    """Return the sentences by action, `""` for any other."""
    return {action: {"en": en, "zh": zh} for action, (en, zh) in (ACTS | {"": OTHER}).items()}
