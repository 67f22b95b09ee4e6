"""How the courier waits: for how long it tries, how long it rests in between."""

import random

from msgspec import Struct


class Patience(Struct, frozen=True):
    """`give_up_s` counts from when the message was taken up; waiting behind another counts too."""

    give_up_s: float = 60.0
    rest_min_s: float = 0.5
    rest_max_s: float = 15.0

    def rest_s(self, attempts: int) -> float:
        """How long to rest after so many attempts: twice as long each time, a random half of it off."""
        longest = min(self.rest_max_s, self.rest_min_s * 2.0 ** min(attempts - 1, 16))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - keeps crowds apart, guards nothing
