"""Faults of filters: a stable code, and the parameters of its sentence."""


class Fault(Exception):
    """A filter that cannot be used. `code` is one of the messages `filter_*`."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def syntax(position: int, text: str) -> Fault:
    """Return the fault of unexpected text at `position` (from 0)."""
    return Fault("filter_syntax", at=position + 1, found=text[:40] or "the end")
