"""Suite ``enforcement``: what Postern does beyond dropping, seen with real servers and clients on one network.

Read :mod:`enforcement.scene` first; every file shares its network.
"""
