"""Service functions of boards."""

from app.boards.service.board import board, my_figures, queue, workers

__all__ = [
    "board",
    "my_figures",
    "queue",
    "workers",
]
