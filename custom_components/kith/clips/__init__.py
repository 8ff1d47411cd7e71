"""Recordings: finding those of events, fetching one, and finding the people in it."""
