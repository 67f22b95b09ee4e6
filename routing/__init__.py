"""Automatic call distribution, pure: who waits, who has room, who gets what, and why.

Values in, values out. This package knows nothing of sessions, people, HTTP or clocks; `sessions` feeds it
identifiers and numbers, and records what it answers.
"""
