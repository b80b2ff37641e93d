"""What can be wrong with a filter: a stable code, and what fills its sentence."""


class Fault(Exception):
    """A filter that cannot be used. `code` is one of the messages `filter_*`."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def syntax(at: int, found: str) -> Fault:
    """Something that does not stand there; `at` counts characters from 1."""
    return Fault("filter_syntax", at=at + 1, found=found[:40] or "the end")
