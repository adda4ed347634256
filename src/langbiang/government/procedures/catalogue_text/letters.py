"""Vietnamese letters as character classes for patterns.

A range such as ``à-ỹ`` mixes both cases, since Unicode puts capital and small letters side by side; so the
classes are spelt out.
"""

_LETTERS = [chr(point) for point in (*range(0x41, 0x250), *range(0x1EA0, 0x1EFA))]
UPPER = "".join(letter for letter in _LETTERS if letter.isupper())
LOWER = "".join(letter for letter in _LETTERS if letter.islower())
