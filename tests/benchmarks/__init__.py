"""How fast and how large: what scripts/benchmark runs. Ratios within one run; the machines it runs on are noisy."""
