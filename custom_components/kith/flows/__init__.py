"""The flows of what is added to Kith: a file for each kind of subentry."""
