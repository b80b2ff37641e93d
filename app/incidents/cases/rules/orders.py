"""Sentences in English and Chinese about the orders of a supervisor (pin, lock). Pure."""


def order_sentences(kind: str, name: str | None, note: str | None) -> dict[str, str]:
    """Return `{en, zh}`: a sentence about a supervisor's order in force, with its reason."""
    if kind == "pin":
        en, zh = (
            f"Reserved for {name}, who gets the case next or keeps it.",
            f"已指定由{name}承办或继续承办。",
        )
    else:
        en, zh = (
            "Locked: the rules neither dispatch nor reassign the case.",
            "已锁定：不自动派遣，也不自动改派。",
        )
    return {"en": f"{en} Reason: {note}", "zh": f"{zh}理由：{note}"} if note else {"en": en, "zh": zh}
