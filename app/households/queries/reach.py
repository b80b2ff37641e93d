"""Which rows an actor reaches: the clause stands in the workforce's `scope`, where audiences have it too."""

from app.workforce.scope import Ways, reach, ways_of_reach

__all__ = ["Ways", "reach", "ways_of_reach"]
