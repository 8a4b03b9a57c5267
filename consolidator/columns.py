"""Columns as numbers and as the letters that Excel gives them."""

from __future__ import annotations

from functools import cache


@cache
def column_letters(col: int) -> str:
    """Letters of a 0-based column: 0 is A, 26 is AA."""
    letters = ""
    while col >= 0:
        col, rest = divmod(col, 26)
        letters = chr(65 + rest) + letters
        col -= 1
    return letters


def column_number(letters: str) -> int:
    """0-based column of its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
