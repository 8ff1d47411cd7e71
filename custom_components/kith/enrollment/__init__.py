"""Enrollment: from a picture of a person to a template, or to the reason why not."""
