"""The remediation portal: tells a quarantined subscriber why, since when and how to get out, and takes the request to be let out.

Read in this order: :mod:`case` (who is quarantined, and who has asked to be released, as files), :mod:`page` (what is shown),
:mod:`server` (HTTP, inside the portal's host), :mod:`desk` (the lab's side: keeps the list up to date from
``postern-quarantines``, turns requests into ``postern-release``).
"""
