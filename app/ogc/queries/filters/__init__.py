"""One compiler from the tree of a filter to SQL: whitelisted names, static types, every literal a bind."""

from app.ogc.queries.filters.compiler import Compiler

__all__ = ["Compiler"]
