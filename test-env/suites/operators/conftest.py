"""The scene of the suite ``enforcement``, built anew for this one; gone before another suite's network comes."""

from enforcement.conftest import scene

__all__ = ["scene"]
