"""Second opinions: when in doubt, ask a service who somebody is, if everybody concerned agreed to that."""
