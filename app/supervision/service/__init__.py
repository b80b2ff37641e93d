"""Use cases of supervision: boards, the queue, and the check of all books."""

from app.supervision.service.boards import board, queue, workers
from app.supervision.service.checking import Finding, check

__all__ = ["Finding", "board", "check", "queue", "workers"]
