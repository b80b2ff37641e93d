"""What these tests use of others."""

from tests.test_query_budget import query_recorder

__all__ = ["query_recorder"]
