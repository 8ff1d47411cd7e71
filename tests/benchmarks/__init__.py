"""Speed and size measurements, run by scripts/benchmark. Compares ratios within one run, because machines are noisy."""
