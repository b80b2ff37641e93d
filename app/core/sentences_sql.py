"""SQL of English sentences that PostgreSQL makes with format()."""

# Nouns that are counted in such sentences, in the plural.
_COUNTED = ("cases", "days", "grids", "households", "reports", "times")


def with_singular(sentence_sql: str) -> str:
    """Return SQL that replaces `1 cases` by `1 case` in an English sentence.

    Args:
        sentence_sql: SQL expression of the sentence.
    """
    singulars = "|".join(noun.removesuffix("s") for noun in _COUNTED)
    # No (?:...) here: SQLAlchemy would read a colon and a word as a bind.
    return f"regexp_replace({sentence_sql}, '(?<![0-9.,])1 ((open )?({singulars}))s\\M', '1 \\1', 'g')"
