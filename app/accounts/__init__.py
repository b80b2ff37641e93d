"""Accounts, grants, devices, tokens, disclosure of personal fields, audit trail."""
