"""Watching cameras: where pictures come from, when to look, and whether a camera is available."""
