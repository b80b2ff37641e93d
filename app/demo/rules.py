"""The profile of the demo city: the packaged profile of Xihu with some more features. Pure."""

from typing import Any

# Builders' waste is for the unit that owns it: no grid is asked about it.
NOT_FOR_GRIDS = ("E0103",)
VERIFIED = ("video",)


def demo_rules(packaged: dict[str, Any]) -> dict[str, Any]:
    """Return the packaged profile with verification of camera reports and an admission list.

    Camera reports are verified before filing. Grid workers get no builders' waste.
    """
    codes = [category["code"] for category in packaged["taxonomy"]["categories"]]
    admitted = [code for code in codes if not code.startswith(NOT_FOR_GRIDS)]
    verify = packaged["lifecycle"]["verify"] | {"sources": list(VERIFIED)}
    return packaged | {
        "lifecycle": {
            "note": "Of the demo: what cameras see is verified first, and builders' waste goes to the unit that owns it.",
            "verify": verify,
            "admission": {"grid": admitted},
        }
    }
