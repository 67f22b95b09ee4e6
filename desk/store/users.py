"""The people who work here, as the sign-in asks for them."""

from collections.abc import Collection
from typing import cast

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from desk.sign_in import Post, StaffMember
from desk.store.engine import reading, writing
from desk.store.models import User
from sessions.ids import Role, SeatId, UserId


async def names_of(sql: AsyncSession, users: Collection[str]) -> dict[str, str]:
    """What these people are called; who left long ago may be missing."""
    found = await sql.exec(select(User.username, User.name).where(col(User.username).in_(users)))
    return dict(found.all())


class Staff:
    """The staff directory of `desk.sign_in`, in SQL."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(self, user: UserId) -> StaffMember | None:
        """The person of this sign-in name, if they may sign in."""
        if not user.isprintable():
            return None  # PostgreSQL would not even take the question
        async with reading(self._engine) as session:
            found = (await session.exec(select(User).where(col(User.username) == user, col(User.active)))).first()
        if found is None:
            return None
        return StaffMember(
            user=UserId(found.username),
            name=found.name,
            role=cast(Role, found.role),  # a check of the table
            password_hash=found.password_hash,
            seat=SeatId(found.seat) if found.seat else None,
            lang=found.language,
        )

    async def posts(self) -> dict[UserId, Post]:
        """Everybody who may sign in."""
        async with reading(self._engine) as session:
            found = (await session.exec(select(User.username, User.role, User.seat).where(col(User.active)))).all()
        return {UserId(user): Post(cast(Role, role), SeatId(seat) if seat else None) for user, role, seat in found}

    async def set_password_hash(self, user: UserId, password_hash: str) -> None:
        """Keeps this hash of their password."""
        async with writing(self._engine) as session:
            connection = await session.connection()
            await connection.execute(update(User).where(col(User.username) == user).values(password_hash=password_hash))
