"""Check the subject of a commit message: python bin/lib/subject.py FILE. The commit-msg hook calls it."""

import re
import sys
from pathlib import Path

MAX_LENGTH = 72
# Words that end like another form of a verb and are imperatives.
IMPERATIVES = {
    "bring",
    "bless",
    "compress",
    "discuss",
    "dismiss",
    "embed",
    "express",
    "feed",
    "guess",
    "need",
    "pass",
}
IMPERATIVES |= {
    "press",
    "process",
    "seed",
    "speed",
    "spring",
    "string",
    "assess",
    "access",
    "address",
    "focus",
}
# What git itself writes.
BY_GIT = re.compile(r"(fixup|squash|amend)! |Merge |Revert \"")


def faults(message: str) -> list[str]:
    """Return what is wrong with the subject of a message, in words; comment lines of git are not part of it."""
    lines = [text_line for text_line in message.splitlines() if not text_line.startswith("#")]
    while lines and not lines[0].strip():
        lines.pop(0)
    subject = lines[0].rstrip() if lines else ""
    if BY_GIT.match(subject):
        return []
    first_word = re.match(r"[A-Za-z]*", subject)[0]
    checks = {
        "say what was changed": not subject,
        f"at most {MAX_LENGTH} characters, this has {len(subject)}": len(subject) > MAX_LENGTH,
        "begin with a capital letter": bool(subject) and not subject[0].isupper(),
        "end without a full stop": subject.endswith((".", "。")),
        "name what was changed, no number of a ticket": bool(re.search(r"(?<!\w)#\d+\b", subject)),
        "begin with a verb in the imperative (Add, Mend, Tell), not with what was done": is_no_imperative(
            first_word
        ),
        "leave the second line empty": len(lines) > 1 and bool(lines[1].strip()),
    }
    return [fault for fault, is_there in checks.items() if is_there]


def is_no_imperative(word: str) -> bool:
    """Tell forms like Added, Adding, Adds, and words that are no verbs, by how they end."""
    word = word.lower()
    if word in IMPERATIVES:
        return False
    return bool(re.search(r"(ed|ing|[^s]s)$", word)) or word in {
        "the",
        "a",
        "an",
        "some",
        "more",
        "various",
        "wip",
    }


def main(path: str) -> int:
    faults_found = faults(Path(path).read_text(encoding="utf-8"))
    for fault in faults_found:
        print(f"commit subject: {fault} (CONTRIBUTING.md has examples)", file=sys.stderr)
    return bool(faults_found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
