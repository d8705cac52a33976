"""The scene of the suite ``enforcement``, built anew for this one; gone before another suite's network comes."""

from enforcement.conftest import scene

__all__ = ["scene"]

#: Only if it is asked for by name, as ``lab soak`` does: it starts ONOS again, which takes half a minute.
collect_ignore = ["test_restart.py"]
