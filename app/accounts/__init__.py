"""Accounts, roles, devices, sessions, tokens, disclosure of personal fields, audit trail.

A grant is a role that an account has in one area, in one unit or in the whole installation. A disclosure shows masked
personal fields in full.
"""
