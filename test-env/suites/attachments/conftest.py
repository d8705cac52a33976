"""The scene of the suite ``enforcement``, built anew for this one; gone before another suite's network comes."""

from enforcement.conftest import foreign_web, scene

__all__ = ["foreign_web", "scene"]
