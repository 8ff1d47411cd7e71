"""What stores have in common that keep nothing of people, such as counts of cameras."""


class NothingPersonal:
    """Knows nobody, so that nobody has to be forgotten."""

    async def known_people(self) -> set[str]:
        return set()

    async def forget(self, person_id: str) -> None:
        """Does nothing."""
