"""Watching cameras: where pictures come from, when to look, and what keeps a camera from being seen."""
