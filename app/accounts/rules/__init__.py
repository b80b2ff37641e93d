"""Rules of tokens, grants, passwords, purposes, masks and sentences of audited acts."""
