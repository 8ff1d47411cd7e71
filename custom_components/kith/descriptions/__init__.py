"""What Kith knows, in plain words and figures."""
