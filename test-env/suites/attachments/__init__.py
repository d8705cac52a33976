"""Suite ``attachments``: who is told from whom on one port, and who has several, with real traffic.

The scene is that of the suite ``enforcement``.
"""
