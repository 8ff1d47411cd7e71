"""The subentry flows: one module or package for each kind of subentry."""
