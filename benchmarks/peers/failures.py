"""How a peer can fail. None of it stops the others."""


class Unavailable(Exception):
    """It cannot be installed here; the text says why."""


class Failed(Exception):
    """A run ended without an answer; the text says how."""


class WrongCounts(Exception):
    """A run gave another answer than the expected one; the text says where."""
