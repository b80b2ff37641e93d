"""The kinds of operations that a device may push, one class for each kind.

A class has everything that push needs for a kind: the schema of its fields, permissions, the function that applies the
operation, rules of merging, and texts for the API document. `registry` has the list of all kinds.

The classes are not in the packages of cases and households, because their base classes are in `app.sync`. `app.sync` may
import those packages, but not the reverse. The classes use schemas, so this folder is above `service` in the layers.
`service` imports only the base classes; the routes pass operations with an instance of their kind.
"""

from app.sync.operations.push_kinds import Action, Explanation, Patch, PushKind
from app.sync.operations.registry import KNOWN_FIELDS, OPERATIONS

__all__ = ["KNOWN_FIELDS", "OPERATIONS", "Action", "Explanation", "Patch", "PushKind"]
