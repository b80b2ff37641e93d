"""Compiler from a parsed CQL2 filter to a SQL condition.

Only known property names are accepted, types are static, and each literal is a bind.
"""

from app.ogc.queries.filters.compiler import Compiler

__all__ = ["Compiler"]
