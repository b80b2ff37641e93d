"""SQL over many domains: `board` (areas and names), `invariants` and `ledgers` (what must be true of the books)."""
