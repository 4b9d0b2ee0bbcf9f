"""Renewable resources and green-electricity export of Kazakhstan.

The names of ``__init__.pyi`` are the front door: ``import greenanalysis as ga`` costs nothing, and
each name loads its room when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
