"""How a group chooses among its free seats."""

from typing import Literal

Policy = Literal["shortest_reply", "least_loaded", "longest_idle", "round_robin", "random", "two_choices"]
