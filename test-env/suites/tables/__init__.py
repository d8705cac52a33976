"""Suite ``tables``: switches whose tables have no room for the policy, and the policy in a switch's one table, with real traffic.

The scene is that of the suite ``enforcement``.
"""
