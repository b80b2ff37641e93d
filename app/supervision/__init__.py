"""Audience: supervisors' boards, where every figure leads to its members; and the check of all books."""
