"""The profile (settings) of the demo city: the packaged profile of Xihu with changes. Pure."""

from typing import Any

# Builders' waste is for the unit that owns it: no grid is asked about it.
NOT_FOR_GRIDS = ("E0103",)
VERIFIED = ("video",)


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
