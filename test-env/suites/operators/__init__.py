"""Suite ``operators``: what operators and their programs order, over REST, console and files, with its effect in real traffic.

The scene is that of the suite ``enforcement``.
"""
