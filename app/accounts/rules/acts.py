"""Templates of the sentences that describe audit events, in English and Chinese, by action.

In a template `{who}` is the actor and `{what}` the object of the act.
"""

from app.accounts.rules.acts_of_accounts import ACCOUNTS
from app.accounts.rules.acts_of_case_life import LIFE
from app.accounts.rules.acts_of_joint_handling import JOINT
from app.accounts.rules.acts_of_notices import NOTICES
from app.accounts.rules.acts_of_the_register import REGISTER

ACTS_OF_OTHERS = ACCOUNTS | REGISTER | JOINT | LIFE | NOTICES

# action: (English, Chinese)
ACTS: dict[str, tuple[str, str]] = {
    "area.import": ("{who} imported areas.", "{who}导入了区域。"),
    "area.redraw": ("{who} redrew areas in {what}.", "{who}对{what}作了区划调整。"),
    "audit.read": ("{who} read the audit trail.", "{who}查阅了审计记录。"),
    "audit.export": ("{who} exported the audit trail.", "{who}导出了审计记录。"),
    "duty.end": ("{who} recorded that {what} went off duty.", "{who}登记{what}下岗。"),
    "duty.start": ("{who} recorded that {what} went on duty.", "{who}登记{what}上岗。"),
    "component.import": (
        "{who} imported components.",
        "{who}导入了部件。",
    ),
    "evaluation.export": (
        "{who} exported the monthly evaluation of {what}.",
        "{who}导出了{what}的月度评价。",
    ),
    "export.approve": ("{who} approved an export.", "{who}批准了一次导出。"),
    "export.at_once": (
        "{who} exported data.",
        "{who}导出了数据。",
    ),
    "export.cancel": (
        "{who} cancelled an export or deleted its file.",
        "{who}取消了一次导出或删除了其文件。",
    ),
    "export.download": ("{who} downloaded the file of an export.", "{who}下载了导出文件。"),
    "export.refuse": ("{who} refused an export.", "{who}未批准一次导出。"),
    "export.request": ("{who} requested an export.", "{who}申请了一次导出。"),
    "household.insert": ("{who} added households.", "{who}录入了住户。"),
    "incident.accept": (
        "{who} accepted case {what}.",
        "{who}接受了案卷{what}。",
    ),
    "incident.annotate": ("{who} added a note to case {what}.", "{who}为案卷{what}添加了备注。"),
    "incident.assign_check": (
        "{who} assigned a checker to case {what}.",
        "{who}指派了案卷{what}的核查人。",
    ),
    "incident.stage_done": (
        "{who} finished a stage of case {what}.",
        "{who}完成了案卷{what}的一个阶段。",
    ),
    "figure.contest": (
        "{who} contested one of their own figures.",
        "{who}对本人的一项统计数据提出异议。",
    ),
    "figure.resolve": (
        "{who} decided on a figure that {what} contested.",
        "{who}处理了{what}提出的异议。",
    ),
    "incident.assign_second": (
        "{who} assigned a second worker to case {what}.",
        "{who}指派了案卷{what}的协助人。",
    ),
    "incident.check_fail": ("{who} checked case {what}: check failed.", "{who}核查案卷{what}未通过。"),
    "incident.check_pass": ("{who} checked case {what}: check passed.", "{who}核查案卷{what}通过。"),
    "incident.check_unable": ("{who} was unable to check case {what}.", "{who}无法核查案卷{what}。"),
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
    "incident.on_scene": ("{who} arrived at the place of case {what}.", "{who}到达案卷{what}现场。"),
    "incident.fail": (
        "{who} could not handle case {what} and gave it back.",
        "{who}无法承办案卷{what}，已交回。",
    ),
    "incident.override": (
        "{who} assigned case {what} against the dispatch rules.",
        "{who}越过派遣规则指派了案卷{what}。",
    ),
    "incident.pin": (
        "{who} reserved case {what} for a worker.",
        "{who}为案卷{what}指定了承办人。",
    ),
    "incident.unpin": ("{who} ended the reservation of case {what}.", "{who}取消了案卷{what}的指定承办人。"),
    "incident.join": (
        "{who} added a report to case {what}.",
        "{who}对案卷{what}追加了上报。",
    ),
    "incident.link": (
        "{who} linked case {what} with another case.",
        "{who}将案卷{what}与另一案卷关联。",
    ),
    "incident.unlink": ("{who} removed a link of case {what}.", "{who}取消了案卷{what}的关联。"),
    "incident.lock": (
        "{who} locked case {what}; the rules no longer dispatch it.",
        "{who}锁定了案卷{what}，不再自动派遣。",
    ),
    "incident.unlock": (
        "{who} unlocked case {what}.",
        "{who}解除了案卷{what}的锁定。",
    ),
    "incident.feed_back": ("{who} submitted feedback for case {what}.", "{who}对案卷{what}作了反馈。"),
    "incident.force_close": ("{who} force-closed case {what}.", "{who}对案卷{what}强制结案。"),
    "incident.give_out": (
        "{who} took another case out of case {what}.",
        "{who}将一件案卷从案卷{what}中拆出。",
    ),
    "incident.merge": (
        "{who} merged case {what} into another case.",
        "{who}将案卷{what}并入另一案卷。",
    ),
    "incident.not_file": ("{who} decided not to file case {what}.", "{who}对案卷{what}不予立案。"),
    "public.release": (
        "{who} decided what everybody sees of case {what}.",
        "{who}决定了案卷{what}对外公开的内容。",
    ),
    "public.redact": (
        "{who} changed the black boxes of a photo of case {what}.",
        "{who}修改了案卷{what}一张照片的遮盖。",
    ),
    "incident.note": (
        "{who} added a note to case {what}.",
        "{who}为案卷{what}添加了备注。",
    ),
    "incident.reply": (
        "{who} replied to the reporters of case {what}.",
        "{who}回复了案卷{what}的上报人。",
    ),
    "incident.reassign": ("{who} reassigned case {what}.", "{who}改派了案卷{what}。"),
    "incident.redispatch": ("{who} dispatched case {what} again.", "{who}重新派遣了案卷{what}。"),
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
    "incident.start": ("{who} started handling case {what}.", "{who}开始处置案卷{what}。"),
    "incident.take_in": (
        "{who} merged another case into case {what}.",
        "{who}将另一案卷并入案卷{what}。",
    ),
    "incident.unmerge": ("{who} took case {what} out of a merge.", "{who}将案卷{what}从并案中拆出。"),
    "incident.urge": ("{who} urged case {what}.", "{who}催办了案卷{what}。"),
    "signal.acknowledge": ("{who} answered a signal.", "{who}回应了一条信号。"),
    "jurisdiction.create": ("{who} created jurisdiction {what}.", "{who}新建了辖区{what}。"),
    "media.give_up": (
        "{who} cancelled the upload of a photo or voice note.",
        "{who}取消了一个照片或录音的上传。",
    ),
    "media.link": (
        "{who} attached a photo or voice note to case {what}.",
        "{who}将照片或录音附到案卷{what}。",
    ),
    "media.remove": (
        "{who} deleted a photo or voice note of {what}.",
        "{who}删除了{what}的照片或录音。",
    ),
    "media.unlink": (
        "{who} detached a photo or voice note from case {what}.",
        "{who}从案卷{what}取下照片或录音。",
    ),
    "personal.disclose": ("{who} disclosed personal fields.", "{who}查看了个人信息。"),
    "profile.publish.ahead": (
        "{who} published a profile of jurisdiction {what} that takes effect later.",
        "{who}预先发布了{what}的辖区规则新版本，届时生效。",
    ),
    "profile.publish": (
        "{who} published a profile of jurisdiction {what}.",
        "{who}发布了{what}的辖区规则新版本。",
    ),
    "profile.state_evidence": (
        "{who} stated what stands behind a profile version of jurisdiction {what}.",
        "{who}说明了{what}的辖区规则版本的依据。",
    ),
    "responsibility.end": ("{who} ended a responsibility of {what}.", "{who}终止了{what}的一项责任。"),
    "responsibility.set": (
        "{who} made {what} responsible for an area.",
        "{who}为{what}设定了责任区域。",
    ),
    "shift.cancel": ("{who} cancelled a shift of {what}.", "{who}取消了{what}的一个班次。"),
    "shift.change": (
        "{who} changed a shift of {what}.",
        "{who}修改了{what}的一个班次。",
    ),
    "shift.import": ("{who} imported shifts from a sheet.", "{who}通过表格导入了班次。"),
    "shift.plan": (
        "{who} planned a shift of {what}.",
        "{who}为{what}安排了班次。",
    ),
    "sos.acknowledge": ("{who} acknowledged a call for help of {what}.", "{who}响应了{what}的求助。"),
    "sos.close": (
        "{who} closed a call for help of {what}.",
        "{who}结束了{what}的求助。",
    ),
    "sos.escalate": ("{who} escalated a call for help of {what}.", "{who}将{what}的求助逐级上报。"),
    "sos.raise": (
        "{who} called for help.",
        "{who}发出了求助。",
    ),
    "substitution.begin": ("{who} assigned a substitute for {what}.", "{who}为{what}安排了代岗。"),
    "substitution.end": ("{who} ended the substitution of {what}.", "{who}终止了{what}的代岗。"),
    "unit.change": ("{who} changed unit {what}.", "{who}修改了单位{what}。"),
    "unit.create": ("{who} created unit {what}.", "{who}新建了单位{what}。"),
    "worker.change": (
        "{who} changed the worker record of {what}.",
        "{who}修改了外勤人员{what}的资料。",
    ),
    "worker.create": ("{who} enrolled {what} as a worker.", "{who}将{what}登记为外勤人员。"),
    "worker.compare": (
        "{who} compared the distances of workers to dispatch a case.",
        "{who}为派遣案卷比较了外勤人员的距离。",
    ),
    "worker.locate": ("{who} located workers.", "{who}查看了外勤人员的位置。"),
    "worker.track": ("{who} read the track of {what}.", "{who}查看了{what}的轨迹。"),
    "plan.order": (
        "{who} changed the order of stops in a day plan.",
        "{who}调整了当日计划中各站的顺序。",
    ),
    "plan.pin": ("{who} pinned the time of a stop in a day plan.", "{who}固定了当日计划中一站的时间。"),
    "plan.unpin": (
        "{who} unpinned the time of a stop in a day plan.",
        "{who}取消了当日计划中一站的固定时间。",
    ),
    "check_lot.draw": (
        "{who} drew a random list of households to check.",
        "{who}抽签产生了抽查住户名单。",
    ),
} | ACTS_OF_OTHERS
# The actor of acts of Gridward itself.
SYSTEM_NAME = {"en": "The system", "zh": "系统"}
# The operator who ran a command on the server, and the same beside the account in whose name the command acted.
OPERATOR = {
    "en": "{user} on the server (gridward {command})",
    "zh": "服务器操作员{user}（gridward {command}）",
}
THROUGH = {"en": ", through %s,", "zh": "（经由%s）"}
SOMEBODY = {"en": "Somebody", "zh": "某人"}
# Acts that have no sentence of their own.
OTHER = ("{who}: {action} {what}", "{who}：{action} {what}")


def templates() -> dict[str, dict[str, str]]:
    """Return the templates of the audit sentences by action, then by language (`en`, `zh`).

    The key `""` has the template for actions without one of their own.
    """
    return {action: {"en": en, "zh": zh} for action, (en, zh) in (ACTS | {"": OTHER}).items()}
