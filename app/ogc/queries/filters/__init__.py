"""Compiler from a parsed CQL2 filter to a SQL condition.

It accepts only known property names, checks types without running SQL, and makes each literal a bind.
"""

from app.ogc.queries.filters.compiler import Compiler

__all__ = ["Compiler"]
