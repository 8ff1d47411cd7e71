"""The page in Chromium, against recorded answers of its commands."""
