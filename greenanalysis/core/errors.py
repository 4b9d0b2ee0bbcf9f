"""The one kind of error that a user's mistake raises: what, where, what is allowed, what came."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class InputError(ValueError):
    """A mistake in the input; the command line prints its message, one line, and exits with 2."""

    def __init__(self, message: str = "") -> None:
        super().__init__(" ".join(line.strip() for line in str(message).splitlines()))


@contextmanager
def refusing(what: str) -> Iterator[None]:
    """Turn whatever a library raises on a foreign or damaged file into an :class:`InputError`.

    Parameters
    ----------
    what : the message before the library's own words, e.g. ``"cutout x.nc cannot be read"``.
    """
    try:
        yield
    except (InputError, MemoryError):
        raise
    except Exception as error:
        raise InputError(f"{what}: {error or type(error).__name__}") from error


def input_error(what: str, *, where: str, allowed: object, got: object) -> InputError:
    """Make an :class:`InputError` in the one form that all messages share.

    Parameters
    ----------
    what : the thing that is wrong, e.g. ``"unit of ghi"``.
    where : file, table row, argument or coordinate in which it stands.
    allowed : what would have been accepted.
    got : what came instead.
    """
    return InputError(f"{what}: got {got!s} in {where}; allowed: {allowed!s}")


def unknown_name(kind: str, got: object, allowed: Iterable[str], *, where: str) -> InputError:
    """Make the error for a name that is not in a list, with the nearest names first."""
    names = [str(name) for name in allowed]
    near = difflib.get_close_matches(str(got), names, n=3, cutoff=0.5)
    hint = f" (did you mean {', '.join(near)}?)" if near else ""
    return InputError(f"unknown {kind}: got {got!r} in {where}{hint}; allowed: {', '.join(names)}")
