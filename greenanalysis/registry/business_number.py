"""The business identification number (BIN) of Kazakhstan and its check digit."""

from __future__ import annotations

from itertools import cycle, islice

_DIGITS = 12
_MODULUS = 11
_WEIGHTS = range(1, _MODULUS + 1)
_SHIFT = 2
"""The second try weighs with 3, 4, ... 11, 1, 2."""


def check_digit(number: str) -> int | None:
    """Return the last digit that the first eleven ask for, or None where no number has them.

    Parameters
    ----------
    number : at least eleven digits.

    References
    ----------
    Government decree No. 565 of 11 June 2003 on the single number of natural (legal) persons,
    https://adilet.zan.kz/rus/docs/P030000565_
    """
    digits = [int(digit) for digit in number[: _DIGITS - 1]]
    for shift in (0, _SHIFT):
        weights = islice(cycle(_WEIGHTS), shift, None)
        rest = sum(d * w for d, w in zip(digits, weights)) % _MODULUS  # noqa: B905 endless weights
        if rest < _MODULUS - 1:
            return rest
    return None


def is_business_number(text: str) -> bool:
    """Return whether a text is a BIN: twelve digits, of which the last fits the others."""
    if len(text) != _DIGITS or not (text.isascii() and text.isdigit()):
        return False
    return check_digit(text) == int(text[-1])
