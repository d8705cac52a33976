"""The lab's mail world: real mail servers and clients, a mail worm, and a capture that counts what leaked.

Read in this order: :mod:`host` (what is asked of the network), :mod:`world` (who runs where), :mod:`checks` (what is
shown), and the servers and clients they use. Everything runs inside the hosts' namespaces and is ended by its own pid.
"""
