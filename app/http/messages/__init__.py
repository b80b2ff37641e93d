"""What people read: a sentence for each stable code, in English and Chinese, chosen by Accept-Language.

One file a subject; a code stands in one of them only (`tests/unit/test_messages.py`).
"""

from app.http.messages.translation import (
    MESSAGES,
    SUBJECTS,
    field_errors,
    language,
    sentence,
    told_error,
    told_field,
)

__all__ = ["MESSAGES", "SUBJECTS", "field_errors", "language", "sentence", "told_error", "told_field"]
