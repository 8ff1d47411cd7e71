"""How often is Kith right? Reads pictures of known people with the real engine; uses the field's own measures."""
