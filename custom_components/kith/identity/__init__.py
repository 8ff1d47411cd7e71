"""Who is it, and who is here? Pure logic: no Home Assistant, no I/O; time is passed in."""
