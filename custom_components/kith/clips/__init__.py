"""Recordings: fetching one, and looking at who was in it."""
