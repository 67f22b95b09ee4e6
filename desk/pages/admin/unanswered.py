"""What customers wrote and self-service had no answer to, put together as questions."""

from collections.abc import Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from desk.store.phrases import unmatched_phrases
from routing.phrases import Cluster, cluster
from routing.selfservice import Flow, Matcher
from sessions.ids import AccountId

CLUSTERS_SHOWN = 30


async def unanswered(sql: AsyncSession, flow: Flow, accounts: Sequence[AccountId]) -> list[Cluster]:
    """The most asked first; what the flow has learnt to answer since is no question any more."""
    matcher = Matcher(flow)
    counted = await unmatched_phrases(sql, accounts)
    return cluster((phrase, count) for phrase, count in counted if matcher.find(phrase) is None)[:CLUSTERS_SHOWN]
