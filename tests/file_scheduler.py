"""The xdist scheduler: which process of a whole run takes which test file next."""

from collections import OrderedDict
from pathlib import PurePosixPath
from typing import Any

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

# Each process that enters a folder creates its servers, browsers and cities once for all of its files. Slow folders are
# first, so that files are short at the end, when one process waits for the other. Browser tests alternate with tests that
# mostly wait.
FIRST = (
    "tests/web/field",
    "tests/live",
    "tests/web/console",
    "tests/fieldapp/faults",
    "tests/fieldapp",
    "tests/demo",
)


def folder(file: str) -> str:
    return str(PurePosixPath(file).parent)


def rank(file: str) -> int:
    return FIRST.index(folder(file)) if folder(file) in FIRST else len(FIRST)


def chosen(waiting: list[str], last: str | None, elsewhere: set[str]) -> str:
    """Return the next file: from the folder of the `last` file, else from a folder without other processes, else any.

    `waiting` and `last` are files, `elsewhere` the folders of the last files of the others.
    """
    current = folder(last) if last else None
    return min(waiting, key=lambda file: (folder(file) != current, folder(file) in elsewhere, rank(file)))


class FolderByFolder(LoadFileScheduling):
    """Scheduler that gives a process one folder until all files of the folder are assigned. A file stays in one process.

    The scheduler of xdist orders files by their number of tests. It sends each process from folder to folder, where the
    process creates the same server and browser again for each file, and leaves the few long tests for the end.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._last: dict[WorkerController, str] = {}

    def remove_node(self, node: WorkerController) -> str | None:
        self._last.pop(node, None)
        return super().remove_node(node)

    def _assign_work_unit(self, node: WorkerController) -> None:
        elsewhere = {folder(file) for other, file in self._last.items() if other is not node}
        file = chosen(list(self.workqueue), self._last.get(node), elsewhere)
        self._last[node] = file
        queue: OrderedDict[str, dict[str, bool]] = self.workqueue
        queue.move_to_end(file, last=False)
        super()._assign_work_unit(node)
