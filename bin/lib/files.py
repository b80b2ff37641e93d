"""Looks at files as they are committed: `python bin/lib/files.py FILE...`. Exits with 1 if something is wrong.

No white space at the ends of lines, one line end at the end, UTF-8, no merge marks, no private keys, no file
over 600 kB.
"""

import re
import sys
from pathlib import Path

LARGEST = 600_000
MARKS = re.compile(rb"^(<{7} |>{7} |={7}$)", re.MULTILINE)
KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE " + rb"KEY-----")


def faults(path: Path) -> list[str]:
    data = path.read_bytes()
    found = []
    if len(data) > LARGEST:
        found.append(f"larger than {LARGEST} bytes")
    if b"\0" in data:
        return found
    try:
        data.decode()
    except UnicodeDecodeError:
        found.append("not UTF-8")
    if data and (not data.endswith(b"\n") or data.endswith(b"\n\n")):
        found.append("one line end is needed at the end")
    if b"\r" in data:
        found.append("line ends of another system")
    if re.search(rb"[ \t]$", data, re.MULTILINE):
        found.append("white space at the end of a line")
    if MARKS.search(data):
        found.append("a mark of a merge")
    if KEY.search(data):
        found.append("a private key")
    return found


def main(names: list[str]) -> int:
    found = [f"{name}: {fault}" for name in names for fault in faults(Path(name))]
    print("\n".join(found), end="\n" if found else "")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
