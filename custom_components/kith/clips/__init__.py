"""Recordings: fetching one, and finding the people in it."""
