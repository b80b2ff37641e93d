"""The profile (settings) of the demo city: the packaged profile of Xihu with changes. Pure."""

from typing import Any

# Builders' waste is for the unit that owns it: no grid is asked about it.
NOT_FOR_GRIDS = ("E0103",)
VERIFIED = ("video",)
# Limits of handling after the change of the rules in the demo's past, in work hours.
SHORTER_LIMITS = {"E0102": 2, "E0103": 8, "E0105": 4, "E0505": 4}


def demo_rules(packaged: dict[str, Any]) -> dict[str, Any]:
    """Return the packaged profile (settings) of Xihu with some changes.

    There are no holidays: the recorded days of the demo are shifted by whole weeks, and holidays would not move with them.
    A worker verifies reports by cameras before they are filed. Cases of builders' waste go to the unit in charge and are not
    offered to workers of grids. Its door for people without an account is open.
    """
    codes = [category["code"] for category in packaged["taxonomy"]["categories"]]
    admitted = [code for code in codes if not code.startswith(NOT_FOR_GRIDS)]
    verify = packaged["lifecycle"]["verify"] | {"sources": list(VERIFIED)}
    calendar = packaged["calendar"] | {
        "note": "Of the demo: Monday to Friday, without holidays. Office hours are illustrative.",
        "holidays": [],
        "workdays": [],
    }
    public = {
        "is_open": True,
        "contact": "privacy@gridward.example",
        "privacy_notice": {
            "zh": "这是演示城市，请不要填写真实的个人信息。",
            "en": "This is a demo city. Please do not enter real personal data.",
        },
    }
    return packaged | {
        "calendar": calendar,
        "public": public,
        "lifecycle": {
            "note": "Of the demo: what cameras see is verified first, and builders' waste goes to the unit that owns it.",
            "verify": verify,
            "admission": {"grid": admitted},
        },
    }


def changed_rules(rules: dict[str, Any]) -> dict[str, Any]:
    """Return a profile with SHORTER_LIMITS in place of the limits of their categories."""
    categories = [
        category | {"conditions": [c | {"limit": limit} for c in category["conditions"]]}
        if (hours := SHORTER_LIMITS.get(category["code"]))
        and (limit := {"unit": "work_hour", "amount": hours})
        else category
        for category in rules["taxonomy"]["categories"]
    ]
    return rules | {"taxonomy": rules["taxonomy"] | {"categories": categories}}
