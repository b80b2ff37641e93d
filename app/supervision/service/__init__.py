"""Use cases of supervision: boards, the queue, and the check of all books."""

from app.supervision.service.boards import board, queue, workers
from app.supervision.service.checking import Finding, check
from app.supervision.service.measuring import Measure, measure
from app.supervision.service.readiness import readiness

__all__ = ["Finding", "Measure", "board", "check", "measure", "queue", "readiness", "workers"]
