"""The household's phones: whether they are at home, and questions that they answer."""
