"""One form for a student's id, so that a file's name and what the student typed are the same id."""

import unicodedata


def normal_id(name):
    """A name or an id in the form that the course compares.

    Letters are folded to lower case and put together as Unicode's NFC does. Letters, accents and digits stay. Whatever
    stands between them (spaces, underscores, hyphens, apostrophes, other punctuation) becomes one hyphen.

    Args:
        name: `str`, of any form.

    Returns:
        `str`; "" where nothing is left.

    Example:
        >>> normal_id(" Alan_Turing "), normal_id("alan-turing"), normal_id("...")
        ('alan-turing', 'alan-turing', '')
    """
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())
    kept = (letter if unicodedata.category(letter)[0] in "LMN" else " " for letter in folded)
    return "-".join("".join(kept).split())
