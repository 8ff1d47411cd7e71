"""The owner's review: questions, answers, corrections, and undo."""
