"""Texts that explain stored decisions of dispatch, in English and Chinese. Pure."""

from typing import Any

from app.core.wording import counted, listed

RINGS = {
    "grid": ("the grid", "本网格"),
    "community": ("the community", "本社区"),
    "street": ("the street", "本街道"),
    "district": ("the district", "本区"),
    "neighbour": ("a neighbouring city with an agreement to help", "互助的邻近城市"),
}

_REASONS = {
    # reason: (English, Chinese)
    "responsible": (
        "{name} is responsible for this grid, is on duty and has capacity ({open_work} of {capacity}){street}.",
        "{name}负责本网格，正在岗，尚有余力（{open_work}/{capacity}）{street}。",
    ),
    "nearest": (
        "{name} is on duty in {ring} and has capacity{distance}{street}.",
        "{name}在{ring}内在岗且有余力{distance}{street}。",
    ),
    "not_chosen": (
        "{name} could handle the case{distance}{street}; for all cases together, another worker is the better choice.",
        "{name}可承接{distance}{street}；就全部案卷统筹而言，由他人承接更优。",
    ),
    "other_city": (
        "{name} works for another city, and the two cities have no agreement to help each other.",
        "{name}属于其他城市，两地未约定互助。",
    ),
    "off_duty": ("{name} is off duty.", "{name}未在岗。"),
    "unavailable": ("{name} is not available now.", "{name}此刻不便承办。"),
    "duty_too_long": ("{name} has reached the maximum time on duty.", "{name}连续在岗已达上限。"),
    "too_little_rest": (
        "{name} has not rested long enough since the last duty.",
        "{name}上次下岗后休息不足。",
    ),
    "lacks_skill": ("{name} lacks a skill that this case requires.", "{name}不具备该案卷所需技能。"),
    "full": (
        "{name} has no capacity left: {open_work} open of {capacity}.",
        "{name}已满负荷：{open_work}/{capacity}。",
    ),
    "declined": ("{name} declined this case.", "{name}已谢绝该案卷。"),
    "offer_expired": (
        "{name} had an offer and did not answer in time.",
        "已派给{name}，但逾时未答复。",
    ),
    "undelivered": (
        "The offer did not reach the phone of {name}. It does not count against {name}.",
        "派遣单未能送达{name}的手机，不计入其个人统计数据。",
    ),
    "conflict_of_interest": (
        "{name} declared a conflict of interest and is excluded.",
        "{name}存在利益冲突，依规回避。",
    ),
    "could_not_get_there": (
        "{name} had accepted the case, could not get to the place and gave it back.",
        "{name}曾承接，因无法到达现场交回。",
    ),
    "not_mine_to_do": (
        "{name} had accepted the case, could not handle it and gave it back.",
        "{name}曾承接，因本人无法处理交回。",
    ),
    "moved_on": (
        "{name} had accepted the case, and the rules reassigned it.",
        "{name}曾承接，已按规则改派。",
    ),
    "about_subject": ("The case is about this person.", "案卷涉及此人。"),
    "handled_it": (
        "{name} handled the case and may neither verify nor check it.",
        "{name}是该案卷的处置人，不能核实，也不能核查。",
    ),
    "reported_it": (
        "{name} reported the case and may neither verify it nor handle a complaint of their own.",
        "{name}是该案卷的上报人，不能核实，也不能处置本人的投诉。",
    ),
    "verified_it": (
        "{name} verified the case and may not handle it.",
        "{name}是该案卷的核实人，须由他人处置。",
    ),
    "checked_it": (
        "{name} passed the check of this case. This is contested now, so {name} may not check it again.",
        "{name}此前核查通过，现结案被提出异议，不能再次核查。",
    ),
    "found_nothing": (
        "{name} found the case not as reported. This is contested now, so {name} may not verify it again.",
        "{name}此前核实为不属实，现被提出异议，不能再次核实。",
    ),
    "leads_it": (
        "{name} is the lead worker of this case; the second worker must be another person.",
        "{name}为该案卷主办人，协助人须另派他人。",
    ),
    "is_second": ("{name} is the second worker of this case.", "{name}为该案卷协助人。"),
    "gave_it_on": ("{name} had accepted the case and gave it up.", "{name}曾承接，后退回或转出。"),
    "rework": (
        "{name} handled the case before and therefore gets the rework.",
        "{name}此前处置，返工由其承接。",
    ),
    "on_the_spot": ("{name} handled the case on the spot.", "{name}已当场处置。"),
    "own_report": ("{name} reported the case and handles it.", "{name}自行上报，由其本人负责。"),
    "pinned": ("A supervisor pinned the case to {name}.", "督导员已指定由{name}承办。"),
    "override": (
        "A supervisor assigned {name} against the rules: {overridden}",
        "督导员越过规则指派{name}：{overridden}",
    ),
    "confirmed": (
        "The rules proposed {name}, and a supervisor confirmed it.",
        "系统拟派{name}，督导员已确认。",
    ),
    "by_supervisor": ("A supervisor chose {name}.", "由督导员指定{name}。"),
}

# The reasons for which a worker gets work, as that worker reads them.
_OWN_REASONS = {
    "responsible": (
        "You are responsible for this grid, are on duty and have capacity ({open_work} of {capacity}){street}.",
        "您负责本网格，正在岗，尚有余力（{open_work}/{capacity}）{street}。",
    ),
    "nearest": (
        "You are on duty in {ring} and have capacity{distance}{street}.",
        "您在{ring}内在岗且有余力{distance}{street}。",
    ),
    "rework": ("You handled the case before, so you get the rework.", "此前由您处置，返工由您承接。"),
    "on_the_spot": ("You handled the case on the spot.", "您已当场处置。"),
    "own_report": ("You reported the case and handle it.", "您自行上报，由您本人负责。"),
    "pinned": ("A supervisor pinned the case to you.", "督导员已指定由您承办。"),
    "confirmed": (
        "The rules proposed you, and a supervisor confirmed it.",
        "系统拟派您，督导员已确认。",
    ),
    "by_supervisor": ("A supervisor chose you.", "由督导员指定您。"),
}

_OUTCOMES = {
    "offered": ("Offer sent to {name}.", "已派给{name}。"),
    "proposed": (
        "{name} was proposed to a supervisor. No offer is sent until the proposal is confirmed or its time is over.",
        "拟派{name}，报督导员确认；确认或逾时后派遣。",
    ),
    "broadcast": (
        "Offers sent to several workers at the same time ({asked}); the first who accepts gets the case.",
        "同时派给{asked}人，先接受者承办。",
    ),
    "accepted": ("{name} has the case.", "由{name}承接。"),
    "queued": ("The case is in the queue of the owning unit.", "已进入责任单位队列。"),
    "queued_part": ("The joint part is in the queue of the joint unit.", "已进入协办单位队列。"),
    "no_grid": ("The place is in no grid; a supervisor decides.", "位置不在任何网格内，由督导员处理。"),
    "nobody_eligible": (
        "No considered worker can accept the case now; a supervisor decides.",
        "目前无人可承接，由督导员处理。",
    ),
    "nobody_on_duty": (
        "No worker is on duty in any search ring; a supervisor decides.",
        "各范围内均无人在岗，由督导员处理。",
    ),
    "nobody_skilled": (
        "No worker on duty in the district has the skill that this case requires.",
        "本区在岗人员均不具备该案卷所需技能。",
    ),
    "all_excluded": (
        "Every worker on duty had an offer before or is excluded; a supervisor decides.",
        "在岗人员均已收到过派遣单或须回避，由督导员处理。",
    ),
    "everyone_full": (
        "No eligible worker has capacity left; an offer is sent as soon as one has.",
        "可承接人员均已满负荷，待有余力时再派遣。",
    ),
    "outranked": (
        "The remaining capacity was used for more urgent cases; the case is next in the queue.",
        "剩余人力已分配给更紧急的案卷，继续排队。",
    ),
    "lost_race": (
        "The chosen worker got another case or went off duty at that moment; dispatch is tried again.",
        "所选人员此刻已另有任务或离岗，将再次派遣。",
    ),
    "asked_enough": (
        "The maximum number of offers was reached without an acceptance; a supervisor decides.",
        "已多轮派遣无人承接，由督导员处理。",
    ),
    "waits_for_pinned": (
        "The case is reserved for a worker who cannot accept it now, and waits for this worker.",
        "案卷已指定承办人，其目前无法承接，等待其承接。",
    ),
    "locked": (
        "A supervisor has locked the case: the rules do not dispatch it.",
        "督导员已锁定案卷，不自动派遣。",
    ),
    "imported": (
        "The case was imported from another system, and no offer was sent.",
        "由其他系统导入，未派遣任何人。",
    ),
    "conduct": (
        "The case is about a person or a unit and is handled one level up.",
        "案卷涉及人员或单位，由上一级处理。",
    ),
}


def verdict_sentences(verdict: dict[str, Any], *, is_reader: bool = False) -> dict[str, str]:
    """Return the text `{en, zh}` why one candidate was chosen, not chosen or excluded.

    Args:
        is_reader: The candidate reads the text. It says "you" for the reasons for which a worker gets work.
    """
    reason = verdict["reason"]
    rule = "not_chosen" if reason.endswith("_not_chosen") else reason
    rule = "nearest" if rule.startswith("nearest_") else rule
    templates = (_OWN_REASONS if is_reader else {}).get(rule) or _REASONS.get(rule)
    if templates is None:
        return {"en": reason, "zh": reason}
    ring = RINGS.get(verdict["ring"], (verdict["ring"], verdict["ring"]))
    metres = verdict.get("distance_m")
    distance = ("", "")
    if metres is not None:
        distance = (f", {metres:.0f} m away", f"，距离约{metres:.0f}米")
    street = ("", "")
    if verdict.get("travel_s") is not None:
        minutes = max(1, round(verdict["travel_s"] / 60))
        street = (f", {minutes} min by street", f"，沿路约{minutes}分钟")
    values = {k: verdict.get(k) for k in ("name", "open_work", "capacity")}
    overridden = [
        verdict_sentences(verdict | {"reason": r, "overridden": []}) for r in verdict.get("overridden", ())
    ]
    return {
        "en": templates[0].format(
            ring=ring[0],
            distance=distance[0],
            street=street[0],
            overridden=" ".join(a["en"] for a in overridden),
            **values,
        ),
        "zh": templates[1].format(
            ring=ring[1],
            distance=distance[1],
            street=street[1],
            overridden="".join(a["zh"] for a in overridden),
            **values,
        ),
    }


def outcome_sentences(outcome: str, reason: str, name: str | None, recipients: int = 1) -> dict[str, str]:
    """Return the text `{en, zh}` about the outcome of a decision.

    Args:
        recipients: Number of workers who got an offer at the same time.
    """
    templates = _OUTCOMES.get(outcome if outcome in _OUTCOMES else reason, (reason, reason))
    return {
        "en": templates[0].format(name=name or "A worker", asked=recipients),
        "zh": templates[1].format(name=name or "某人", asked=recipients),
    }


_LEFT_OUT = {
    "off_duty": ("{n} off duty", "{n}人未在岗"),
    "full": ("{n} without capacity", "{n}人已满负荷"),
    "unavailable": ("{n} not available now", "{n}人此刻不便承办"),
    "duty_too_long": ("{n} on duty for too long", "{n}人在岗时间已达上限"),
    "too_little_rest": ("{n} with too little rest", "{n}人休息不足"),
    "lacks_skill": ("{n} without the skill", "{n}人不具备技能"),
    "declined": ("{n} declined", "{n}人已谢绝"),
    "offer_expired": ("{n} did not answer", "{n}人逾时未答复"),
    "gave_it_on": ("{n} gave the case up", "{n}人曾承接后退回或转出"),
    "undelivered": ("{n} whom the offer did not reach", "{n}人未送达"),
    "conflict_of_interest": ("{n} with a conflict of interest", "{n}人因利益冲突回避"),
    "could_not_get_there": ("{n} could not get to the place", "{n}人无法到达"),
    "not_mine_to_do": ("{n} could not handle the case", "{n}人无法处理"),
    "moved_on": ("{n} reassigned by rule", "{n}人已被改派"),
    "handled_it": ("{n} handled the case", "{n}人为处置人"),
    "reported_it": ("{n} reported the case", "{n}人为上报人"),
    "verified_it": ("{n} verified the case", "{n}人为核实人"),
    "checked_it": ("{n} checked the case before", "{n}人为原核查人"),
    "found_nothing": ("{n} verified the case before", "{n}人为原核实人"),
    "leads_it": ("{n} leads the case", "{n}人为主办人"),
    "is_second": ("{n} is the second worker", "{n}人为协助人"),
    "about_subject": ("{n} is the subject of the case", "{n}人为涉及对象"),
}


def batch_sentences(demands: int, left_out: dict[str, int]) -> dict[str, str]:
    """Return the text `{en, zh}` about a joint decision on all waiting cases of a district.

    The text has the numbers of cases and of excluded workers.
    """
    templates = [(_LEFT_OUT[reason], n) for reason, n in left_out.items()]
    left_out_texts = [(en.format(n=n), zh.format(n=n)) for (en, zh), n in templates]
    others = counted(demands - 1, "other case", "other cases")
    intro = (f"Decided together with {others}.", f"与另外{demands - 1}件案卷一并统筹。")
    if demands == 1:
        intro = ("Decided alone.", "单独统筹。")
    if not left_out_texts:
        return {"en": intro[0], "zh": intro[1]}
    english, chinese = zip(*left_out_texts, strict=True)
    return {
        "en": f"{intro[0]} Workers of the district who were excluded: {listed(english, 'en')}.",
        "zh": f"{intro[1]}本区人员中不能派遣的：{listed(chinese, 'zh')}。",
    }


def replay_sentences(is_same: bool, name: str | None) -> dict[str, str]:
    """Return the text `{en, zh}` whether a stored decision computed again gives the same result."""
    if not is_same:
        return {
            "en": "Computed again from the stored input, the result is different: the stored input or the program has changed.",
            "zh": "依据留存的输入重新计算，结果与当时不同：留存数据或程序已有变化。",
        }
    if name is None:
        return {
            "en": "Computed again from the stored input, no worker is eligible: the same result as before.",
            "zh": "依据留存的输入重新计算，仍无人可派，与当时一致。",
        }
    return {
        "en": f"Computed again from the stored input, {name} is the first choice: the same result as before.",
        "zh": f"依据留存的输入重新计算，首选仍为{name}，与当时一致。",
    }


def what_if_sentences(
    original: str | None, alternative: str | None, original_m: float | None, alternative_m: float | None
) -> dict[str, str]:
    """Return the text `{en, zh}` about a decision that other weights of the costs would change.

    Distances are in metres; None: unknown.
    """
    if alternative is None:
        return {
            "en": f"No worker would have had an offer instead of {original}.",
            "zh": f"原派给{original}，改为无人可派。",
        }
    if original is None:
        return {
            "en": f"{alternative} would have had an offer; before, no worker had one.",
            "zh": f"原无人可派，改派{alternative}。",
        }
    if original_m is None or alternative_m is None:
        return {
            "en": f"{alternative} would have had the offer instead of {original}.",
            "zh": f"原派给{original}，改派{alternative}。",
        }
    further = round(alternative_m - original_m)
    en, zh = (
        (f"{further} m further", f"远{further}米")
        if further >= 0
        else (f"{-further} m nearer", f"近{-further}米")
    )
    return {
        "en": f"{alternative} would have had the offer instead of {original}, {en}.",
        "zh": f"原派给{original}，改派{alternative}，距离{zh}。",
    }


def what_if_summary(compared: int, changed: int) -> dict[str, str]:
    """Return the text `{en, zh}` with the number of decisions that other weights would change."""
    return {
        "en": f"{changed:,} of {counted(compared, 'decision', 'decisions')} would have a different result. "
        "Nothing was changed.",
        "zh": f"在{compared}次派遣决定中，有{changed}次结果会不同。未改动任何数据。",
    }
