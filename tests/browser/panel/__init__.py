"""The page in Chromium, against recorded answers to its commands."""
