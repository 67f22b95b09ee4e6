"""How fast is it, and does it lose anything: the desk's real processes under a measured load.

Customers push through the real HTTP endpoint, seats are real WebSocket clients, messages are counted end to end.
The yardstick is a bare Starlette handler on the same machine in the same run, so that figures from different
machines can be compared.
"""
