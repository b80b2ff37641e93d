"""Routes of boards and contests."""

from app.boards.routes import board, contests

BLUEPRINTS = (board.blp, contests.blp, contests.of_me)
