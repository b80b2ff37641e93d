"""Codes of doors and components. Pure."""

import secrets
import unicodedata

from app.core.enumerations import Enumeration

THINGS = Enumeration("CodedThing", {"doors": "dwellings, shops and sites", "components": "city components"})
# Crockford's base 32 has no I, L, O and U.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 12
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


def new_code() -> str:
    """Return a new code: 60 random bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def code_of(text: str) -> str | None:
    """Return the code that a person typed or a camera read, or None: 7k3d-… is read as 7K3D…, an O as a zero."""
    code = unicodedata.normalize("NFKC", text[:40]).upper().translate(_READ_AS)
    return code if len(code) == _LENGTH and set(code) <= set(_ALPHABET) else None


def shown(code: str) -> str:
    """Return a code as it is printed: in groups of four."""
    return "-".join(code[at : at + 4] for at in range(0, _LENGTH, 4))
