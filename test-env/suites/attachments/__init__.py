"""Suite ``attachments``: who is told from whom on which attachment, how many have room, and what one table carries, with real traffic.

The scene is that of the suite ``enforcement``.
"""
