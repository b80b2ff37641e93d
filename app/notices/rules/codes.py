"""Codes on paper: ten characters that are easy to type. Pure."""

import secrets

# Crockford's base 32: no letters that look like digits. Ten of them are 50 random bits.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10
_LOOKALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})
# Wrong codes from one network address within an hour.
FAILURES_MAX, FAILURE_WINDOW_S = 10, 3_600


def new_code() -> str:
    """Return a new code, without hyphen."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def written(code: str) -> str:
    """Return a code as it is printed: in two groups."""
    return f"{code[:5]}-{code[5:]}"


def typed_code(text: str) -> str | None:
    """Return the code that a person typed, or None if it cannot be one."""
    code = "".join(text.split()).replace("-", "").upper().translate(_LOOKALIKE)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None
