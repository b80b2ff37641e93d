"""Messages for people: a sentence in English and Chinese for each stable code; Accept-Language selects the language.

Each file has the codes of one subject. No code is in two files (`tests/unit/test_messages.py`).
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
