"""Second opinions: a service is asked who somebody is, in doubt only, and only where everybody concerned agreed."""
