"""The kinds of operations that a device may push, one class each; `registry` has the list.

A class has all that push needs of a kind: the schema of its fields, permissions, how it is applied, how it merges, and its
text in the API document. The classes are here and not in the domains, as their bases (app/sync/rules/operation_kinds.py) are
of synchronisation, and the domains are below it. They know the domains' schemas, so the folder is above `service`: the
service knows the bases only, and gets operations with the instance of their kind from the routes.
"""

from app.sync.operations.push_kinds import Action, Explanation, Patch, PushKind
from app.sync.operations.registry import KNOWN_FIELDS, OPERATIONS

__all__ = ["KNOWN_FIELDS", "OPERATIONS", "Action", "Explanation", "Patch", "PushKind"]
