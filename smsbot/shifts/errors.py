"""What can go wrong when the rota is changed."""


class ShiftError(Exception):
    """What was asked of the rota cannot be done; the text says why and what to do, a line for each thing."""
