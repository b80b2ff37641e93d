"""Messages for people: a sentence for each stable code, in English and Chinese, chosen by Accept-Language.

One file a subject; a code stands in one of them only (`tests/unit/test_messages.py`).
"""

from app.http.messages.translation import (
    MESSAGES,
    SUBJECTS,
    error_text,
    field_errors,
    language,
    sentence,
    title,
    with_message,
)

__all__ = [
    "MESSAGES",
    "SUBJECTS",
    "error_text",
    "field_errors",
    "language",
    "sentence",
    "title",
    "with_message",
]
