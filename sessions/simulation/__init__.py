"""The core on a virtual clock, with people made of chance.

Nothing here opens or awaits anything, and no clock is read: time is a heap, chance is a seeded generator that was
given in, and the same seed gives the same day. The rules that are tried are the real ones, `sessions.decide.step`.
"""
