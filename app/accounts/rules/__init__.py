"""Rules of accounts: tokens, grants, passwords, purposes, masks, audit sentences."""
