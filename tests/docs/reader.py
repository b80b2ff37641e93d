"""A reader of the pages: one shell that runs a page's commands in order, in a folder that looks like a checkout."""

import os
import select
import subprocess
import time
from pathlib import Path

from tests.docs.blocks import ROOT
from tests.live.processes import PATIENCE

# What is in the checkout that the pages name.
LINKED = (".venv", "app", "bin", "docs", "openapi", "alembic.ini", "migrations")
BLOCK_SECONDS = 60 * PATIENCE


class Shell:
    """A shell that keeps variables, functions and its folder from block to block."""

    def __init__(self, folder: Path, replaced: dict[str, str], **variables: str) -> None:
        self.folder = folder
        self.checkout = folder / "gridward"
        self.checkout.mkdir(parents=True)
        for name in LINKED:
            (self.checkout / name).symlink_to(ROOT / name)
        self._replaced = replaced
        self._count = 0
        env = {k: v for k, v in os.environ.items() if not k.startswith(("GRIDWARD_", "DATABASE_URL", "PG"))}
        self._child = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=self.checkout,
            env=env | {"HOME": str(folder), "LC_ALL": "C.UTF-8", **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(self, commands: str) -> tuple[str, list[int]]:
        """Run commands; return what they print, and the exit status of each command that failed."""
        for shown, real in self._replaced.items():
            commands = commands.replace(shown, real)
        self._count += 1
        script, output, failures = (
            self.folder / f"{self._count}.{ending}" for ending in ("sh", "out", "failed")
        )
        script.write_text(f"trap 'echo \"$?\" >>{failures}' ERR\n{commands}\ntrap - ERR\n")
        failures.touch()
        self._tell(f". {script} </dev/null >{output} 2>&1; echo over-{self._count}")
        text = output.read_text(errors="replace")
        for shown, real in self._replaced.items():
            text = text.replace(real, shown)
        return text, [int(row) for row in failures.read_text().split()]

    def _tell(self, command: str) -> None:
        assert self._child.stdin and self._child.stdout
        self._child.stdin.write(command.encode() + b"\n")
        self._child.stdin.flush()
        heard, deadline = b"", time.monotonic() + BLOCK_SECONDS
        while f"over-{self._count}\n".encode() not in heard:
            remaining = deadline - time.monotonic()
            assert remaining > 0, f"not over after {BLOCK_SECONDS} s: {command}"
            if select.select([self._child.stdout], [], [], remaining)[0]:
                piece = os.read(self._child.stdout.fileno(), 65536)
                assert piece, f"the shell ended: {command}"
                heard += piece

    def close(self) -> None:
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe:
                pipe.close()
