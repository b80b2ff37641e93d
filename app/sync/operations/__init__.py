"""The kinds of operations that a device may push, one class for each kind.

A class has everything that push needs for a kind: the schema of its fields, permissions, the function that applies it, its
rules of merging, and its text in the API document. `registry` has the list.

The classes are not in the domains (cases, households), because their base classes belong to synchronisation, which may
import the domains but not the reverse. They use schemas of the domains, so this folder is above `service` in the layers:
`service` imports the base classes only, and the routes pass operations with an instance of their kind.
"""

from app.sync.operations.push_kinds import Action, Explanation, Patch, PushKind
from app.sync.operations.registry import KNOWN_FIELDS, OPERATIONS

__all__ = ["KNOWN_FIELDS", "OPERATIONS", "Action", "Explanation", "Patch", "PushKind"]
