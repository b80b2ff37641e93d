"""Rules of boards, without a database."""
