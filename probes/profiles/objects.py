"""Names that profiles give to their makers' objects, for the table of names."""


def profile_objects():
    return []
