"""The lab of Postern: a real ONOS, a private Open vSwitch, an access network in Mininet and real mail.

Reading order: ``machine`` (what the machine must have), ``build`` (what Maven must make), ``registry`` (what has to be
cleaned up), ``ovs`` and ``network`` (switches and hosts), ``onos`` (the controller), ``postern`` (the product as an
operator sees it), then what a user starts: ``demo``, ``runner``, ``bench``, ``soak``, ``keeper``, all behind ``cli``.
"""
