"""How many examples are drawn: few in a whole run, as each is a city of its own; more by GRIDWARD_EXAMPLES."""

import os


def examples(few: int) -> int:
    return int(os.environ.get("GRIDWARD_EXAMPLES") or few)
