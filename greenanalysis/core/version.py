"""The version of the package; the build of the wheel reads it from here."""

__version__ = "0.1.0"
