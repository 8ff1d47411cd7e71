"""Who is it, and who is here? Pure: no Home Assistant, no input or output; time is passed in."""
