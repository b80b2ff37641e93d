"""Rules of accounts, without a database: tokens, grants, passwords, purposes, masks, sentences of audited acts."""
