"""Renewable resources and green-electricity export of Kazakhstan.

The names of ``__init__.pyi`` are the front door: ``import greenanalysis as ga`` costs nothing, and
each name loads its room when it is first used. A room is found by its name, too: ``ga.supergrid``.
"""

import importlib
import importlib.util

import lazy_loader

_front_door, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> object:
    """Load a name of the front door, or a room."""
    room = f"{__name__}.{name}"
    if name not in __all__ and not name.startswith("_") and importlib.util.find_spec(room):
        return importlib.import_module(room)
    loaded: object = _front_door(name)
    return loaded
