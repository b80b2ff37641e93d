"""Rules of synchronisation, without a database."""
