"""The heart of the desk: service sessions between stateless customers and stateful seats.

The core (`commands`, `events`, `floor`, `decide`, `apply`, and the rule files beside them) is pure: time comes
in with the command, and the same commands make the same events. The shell (`ledger`, `lease`, `engine`) gives
it Redis and a clock.
"""
