"""The bypass matrix: every known way round a filter of port 25, tried with real packets.

:mod:`techniques` and :mod:`lawful` are the matrix as data; :mod:`encapsulation` builds their frames, :mod:`flight` sends
frames and tells where they were seen, :mod:`trial` tries the techniques on a network, :mod:`matrix` prints what was seen.
"""
