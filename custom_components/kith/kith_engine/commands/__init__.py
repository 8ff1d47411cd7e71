"""The verbs of `python -m kith_engine`, one module each.

`register(verbs)` adds the parser; its default `run` does the work and returns the exit code.
"""
