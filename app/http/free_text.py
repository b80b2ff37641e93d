"""Schema of bodies with free text of staff.

Telephone numbers in this text are refused unless the client confirms them.

Telephone numbers have fields of their own, which are masked for readers without permission; free text is not masked.
"""

from typing import Any, ClassVar

import marshmallow as ma

from app.core.errors import Invalid
from app.core.telephones import phone_faults
from app.http import fields
from app.http.smorest import Schema


class FreeText(Schema):
    """A body with free text that is refused if it contains a telephone number.

    A body with `allow_phone` is accepted.

    Raises:
        Invalid: `holds_phone` for each number, with its field and the positions where it begins and ends.
    """

    free_text: ClassVar[tuple[str, ...]] = ()

    allow_phone = fields.Boolean(
        metadata={
            "description": "True: telephone numbers in free text are intended; absent: text that has one is refused"
        },
    )

    @ma.post_load
    def ask_about_phones(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        is_meant = data.pop("allow_phone", False)
        faults = [] if is_meant else phone_faults({name: data.get(name) for name in self.free_text})
        if faults:
            raise Invalid("validation_failed", extra={"errors": faults})
        return data
