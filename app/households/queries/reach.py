"""Which rows an actor reaches: the clause stands in the workforce's `scope`, where audiences have it too."""

from app.workforce.scope import reach

__all__ = ["reach"]
