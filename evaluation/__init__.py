"""How often is Kith right? Pictures with known people, read by the real engine, judged by the field's own measures."""
