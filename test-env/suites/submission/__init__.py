"""Suite ``submission``: the probe of submission servers and the survey against real Postfix, Exim and OpenSMTPD.

Each server has many configurations, right ones and the mistakes that operators make, each on a port of its own.
"""
