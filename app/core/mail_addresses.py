"""E-mail addresses to which messages are sent. Pure."""

from app.message_settings import MAIL_ADDRESS

EMAIL_LENGTH = 200


def email_of(text: str) -> str | None:
    """Return the e-mail address in its stored form, or None if messages cannot be sent to it.

    Only ASCII addresses are accepted: each mail server takes them. The domain is stored in lower case.
    """
    address = text.strip()
    if len(address) > EMAIL_LENGTH or not MAIL_ADDRESS.fullmatch(address):
        return None
    local, _, domain = address.rpartition("@")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        return None
    labels = domain.lower().split(".")
    if any(not label or len(label) > 63 or label.startswith("-") or label.endswith("-") for label in labels):
        return None
    return f"{local}@{'.'.join(labels)}"
