"""Whether a sign-in still stands for what it stood for when it began.

People leave, and change their role or seat, while their browsers stay open. What SQL says of them is read every few
seconds; a sign-in that it contradicts is over.
"""

import asyncio
import logging
from collections.abc import Mapping

from sqlalchemy.exc import SQLAlchemyError

from desk.sign_in import Post, StaffDirectory
from desk.web_session import Identity
from sessions.ids import UserId

LOOK_WITHIN_S = 1.0
"""A page is not held up for longer by an SQL server that is away."""

log = logging.getLogger(__name__)


class OnStaff:
    """Who works here as what and where, as SQL last had it."""

    def __init__(self, staff: StaffDirectory) -> None:
        self._staff = staff
        self._posts: Mapping[UserId, Post] | None = None

    async def look(self) -> bool:
        """Read it anew, if that can be done now."""
        try:
            async with asyncio.timeout(LOOK_WITHIN_S):
                self._posts = await self._staff.posts()
        except (SQLAlchemyError, OSError) as failure:  # a TimeoutError is an OSError
            log.warning("cannot read the staff now", extra={"reason": str(failure) or type(failure).__name__})
            return False
        return True

    async def still(self, identity: Identity) -> bool:
        """Whether this sign-in says what SQL says; true while SQL cannot be asked, for they have been let in once.

        Who is contradicted is looked up again: what they were given just now may not have been read here yet.
        """
        return self.agrees(identity) or not await self.look() or self.agrees(identity)

    def agrees(self, identity: Identity) -> bool:
        """The same by what is known already."""
        return self._posts is None or self._posts.get(identity.user) == Post(identity.role, identity.seat)
