"""Pure decisions of media: the words of tus, what bytes really are, and how they are made clean."""
