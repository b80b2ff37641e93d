"""Looks at files as they are committed: `python bin/lib/files.py FILE...`. Exits with 1 if something is wrong.

No white space at the ends of lines, one line end at the end, UTF-8, no merge marks, no private keys, no file
over 600 kB.
"""

import re
import sys
from pathlib import Path

MAX_BYTES = 600_000
MARKS = re.compile(rb"^(<{7} |>{7} |={7}$)", re.MULTILINE)
KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE " + rb"KEY-----")


def faults(path: Path) -> list[str]:
    data = path.read_bytes()
    faults_found = []
    if len(data) > MAX_BYTES:
        faults_found.append(f"larger than {MAX_BYTES} bytes")
    if b"\0" in data:
        return faults_found
    try:
        data.decode()
    except UnicodeDecodeError:
        faults_found.append("not UTF-8")
    if data and (not data.endswith(b"\n") or data.endswith(b"\n\n")):
        faults_found.append("one line end is needed at the end")
    if b"\r" in data:
        faults_found.append("line ends of another system")
    if re.search(rb"[ \t]$", data, re.MULTILINE):
        faults_found.append("white space at the end of a line")
    if MARKS.search(data):
        faults_found.append("a mark of a merge")
    if KEY.search(data):
        faults_found.append("a private key")
    return faults_found


def main(names: list[str]) -> int:
    fault_lines = [f"{name}: {fault}" for name in names for fault in faults(Path(name))]
    print("\n".join(fault_lines), end="\n" if fault_lines else "")
    return bool(fault_lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
