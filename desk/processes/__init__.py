"""The processes of the desk, one module each, alone or all in one.

Twelve-factor: `web`, `engine`, `courier` and `archivist` share nothing but Redis, SQL and the media folder, may be
killed at any moment and started again. `desk up` runs all four on one event loop, for small sites and the demo.
A process loads only its own module, so the engine carries no pages in its memory.
"""
