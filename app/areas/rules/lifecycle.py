"""What a city decides about the life of cases: a section of a profile, with values for documents that are older than it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.areas.rules.shapes import Check, Fault, at, choice, listing, record, repeated, text

# Where a matter comes from. Neither a worker's own report nor what another system had is verified because of its source.
SOURCES = ("worker", "public", "video", "leader", "import", "signal")
VERIFIED = ("public", "video", "leader", "signal")
_CODE = text(r"[A-Za-z0-9_-]+", most=40)

LIFECYCLE: Check = record(
    {},
    optional={
        "verify": record(
            {},
            optional={
                "sources": listing(choice(VERIFIED), most=len(VERIFIED)),
                "categories": listing(_CODE, most=1000),
            },
        ),
    },
)


@dataclass(frozen=True, slots=True)
class Verification:
    """What is looked at on the spot before it is filed: what comes from `sources`, and `categories` whoever reports them."""

    sources: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()

    def asks(self, *, source: str, category: str, is_urgent: bool) -> bool:
        """What is urgent does not wait for it, unless its category is named."""
        return category in self.categories or (source in self.sources and not is_urgent)


@dataclass(frozen=True, slots=True)
class Lifecycle:
    verify: Verification = field(default_factory=Verification)


def parse_lifecycle(data: dict[str, Any] | None) -> Lifecycle:
    """Read the section; what it does not say is as it is by default."""
    verify = (data or {}).get("verify", {})
    return Lifecycle(
        verify=Verification(frozenset(verify.get("sources", ())), frozenset(verify.get("categories", ())))
    )


def lifecycle_faults(section: object, codes: set[str]) -> Iterator[Fault]:
    """What the shape does not tell: lists that name a thing twice, or a category (of `codes`) that there is not."""
    verify = section.get("verify") if isinstance(section, dict) else None
    for name in ("sources", "categories"):
        path = f"lifecycle.verify.{name}"
        listed = verify.get(name) if isinstance(verify, dict) else None
        named = [
            (at(path, n), v)
            for n, v in enumerate(listed if isinstance(listed, list) else [])
            if isinstance(v, str)
        ]
        yield from repeated(named, "value")
        for place, code in named:
            if name == "categories" and code not in codes:
                yield Fault(place, "unknown_category", f"{code} is not in the taxonomy")
