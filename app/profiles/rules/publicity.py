"""Profile settings about the public: which categories are public, and the door for people without an account."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.profiles.rules.faults import Fault, at
from app.profiles.rules.schema_fields import Flag, Option, Text, Whole
from app.profiles.rules.schema_sections import Part, Section
from app.profiles.rules.stages import NameSchema


class Publicity(StrEnum):
    """Publicity of a category: how much of its cases people without an account see."""

    PUBLIC = "public"
    WITHOUT_PHOTO = "public_without_photo"
    NOT_PUBLIC = "not_public"


# Words in the name of a category or of its class that tell of a dispute between people or of somebody's health.
_PERSONAL_MATTERS = re.compile(
    r"纠纷|争吵|家暴|暴力|健康|疾病|病患|医疗|精神|残疾|独居|孤寡"
    r"|\b(?:dispute|quarrel|violence|health|illness|disease|medical|disabilit(?:y|ies)|suicide)s?\b",
    re.IGNORECASE,
)


def publicity_option() -> Option:
    """Return the field `publicity` of a category."""
    return Option(
        {
            Publicity.PUBLIC.value: ("public", "公开"),
            Publicity.WITHOUT_PHOTO.value: ("public without photos", "公开但不含照片"),
            Publicity.NOT_PUBLIC.value: ("not public", "不公开"),
        },
        title=("publicity", "公开程度"),
    )


class PublicDoorSchema(Section):
    is_open = Flag(required=True, title=("open", "开放"))
    contact = Text(max_length=300, title=("contact for privacy", "个人信息保护联系方式"))
    privacy_notice = Part(NameSchema, title=("privacy notice", "个人信息保护告知"))
    child_age = Whole(0, 18, title=("age below which a guardian agrees", "须监护人同意的年龄"))


@dataclass(frozen=True, slots=True)
class PublicDoor:
    """The door for people without an account.

    Attributes:
        is_open: Pages and reports of people without an account are served.
        contact: Where people turn to about their personal data. None: the pages name no address.
        privacy_notice: Words of the city, by language (`zh`, `en`), in addition to those of the pages.
        child_age: People below this age leave contact data only with a guardian. Source: PIPL article 31 (14 years).
    """

    is_open: bool = False
    contact: str | None = None
    privacy_notice: dict[str, str] | None = None
    child_age: int = 14


def parse_public_door(data: dict[str, Any] | None) -> PublicDoor:
    """Return the section `public` of a valid profile; the door is closed if the profile has none."""
    if data is None:
        return PublicDoor()
    notice = data.get("privacy_notice")
    return PublicDoor(
        is_open=data["is_open"],
        contact=data.get("contact"),
        privacy_notice={language: notice[language] for language in ("zh", "en")} if notice else None,
        child_age=data.get("child_age", 14),
    )


def publicity_faults(path: str, category: dict[str, Any]) -> Iterator[Fault]:
    """Yield a fault if a category is public whose cases can be about a person.

    These are conduct, confidential matters, disputes, health, and what nobody has sorted yet.
    """
    if category.get("publicity") not in (Publicity.PUBLIC, Publicity.WITHOUT_PHOTO):
        return
    where = at(path, "publicity")
    if category.get("conduct") is True:
        yield Fault(where, "public_conduct", "must be not_public, since conduct is true")
    elif category.get("confidential") is True:
        yield Fault(where, "public_confidential", "must be not_public, since confidential is true")
    elif category.get("code") == "unclassified":
        yield Fault(where, "public_unclassified", "must be not_public, since nobody has sorted its cases yet")
    elif _is_personal(category.get("name")) or _is_personal(category.get("class")):
        yield Fault(
            where, "public_personal", "must be not_public, since its name tells of a dispute or of health"
        )


def _is_personal(name: Any) -> bool:
    words = [word for word in name.values() if isinstance(word, str)] if isinstance(name, dict) else []
    return any(_PERSONAL_MATTERS.search(word) for word in words)
