"""What Kith knows, in words and figures that a person understands."""
