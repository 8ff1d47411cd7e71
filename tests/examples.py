"""How long the attacks are: short in scripts/test, longer by scripts/attack."""

import os


def examples(few: int) -> int:
    """So many examples, times what $KITH_ATTACK says."""
    return few * int(os.environ.get("KITH_ATTACK", "1"))
