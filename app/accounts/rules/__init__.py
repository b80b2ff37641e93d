"""Decisions of accounts, without a database: tokens, who may grant what, how personal fields are masked."""
