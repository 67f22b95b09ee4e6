"""The demo's customers at their simulated phones: they write, wait, ask again, walk away and come back.

They use the simulator as the phone page does, so that what they say takes the way that WeChat's pushes take.
"""

import asyncio
from random import Random

import msgspec
from aiohttp import ClientSession

from desk.channels.wechat.simulator import acts
from desk.demo.stage import Performance
from desk.demo.stories import MEDIA, Image, Link, Location, Said, Voice, typing_s
from sessions.ids import CustomerId, account_of, openid_of
from sessions.waiting import set_within

PATIENCE_S = 100.0
"""So long somebody waits for an answer before they ask whether anybody is there, and again before they leave."""
NAGS = ("在吗？", "你好？", "有人吗", "？")
READING_S = (4.0, 8.0)
MORE_WITHIN_S = 14.0
"""Somebody who answers in several messages has sent the next by then."""


class Phone:
    """One customer's phone."""

    def __init__(self, http: ClientSession, customer: CustomerId) -> None:
        self._http = http
        self._address = f"/sim/control/accounts/{account_of(customer)}/users/{openid_of(customer)}"

    async def act(self, act: acts.Act) -> None:
        """Does what a user can do. Raises `aiohttp.ClientError`."""
        async with self._http.post(f"{self._address}/acts", data=msgspec.json.encode(act)) as answer:
            answer.raise_for_status()

    async def say(self, said: Said) -> None:
        """Sends words, or what is shown instead of words."""
        match said:
            case str():
                await self.act(acts.Text(content=said))
            case Image(file=file):
                await self._send_file("image", file)
            case Voice(file=file, recognition=recognition):
                await self._send_file("voice", file, recognition=recognition)
            case Location(latitude=latitude, longitude=longitude, label=label):
                await self.act(acts.Location(latitude=latitude, longitude=longitude, label=label))
            case Link(title=title, url=url, description=description):
                await self.act(acts.Link(title=title, url=url, description=description))

    async def _send_file(self, kind: str, file: str, **more: str) -> None:
        query = {"kind": kind, "filename": file, **more}
        async with self._http.post(f"{self._address}/files", params=query, data=(MEDIA / file).read_bytes()) as answer:
            answer.raise_for_status()


async def play(phone: Phone, performance: Performance, chance: Random) -> None:
    """The story from the first word to the last, or to where the customer has waited long enough."""
    story = performance.story
    if story.begin is not None:
        await phone.act(story.begin)
        await asyncio.sleep(chance.uniform(2, 5))
    for turn in story.turns:
        await asyncio.sleep(turn.after_s)
        performance.answered.clear()
        performance.turn = turn
        for said in turn.says:
            await asyncio.sleep(typing_s(said, chance))
            await phone.say(said)
        if turn.answers:
            if not await _answered(phone, performance, chance):
                return
            await asyncio.sleep(chance.uniform(*READING_S))
            if len(turn.answers) > 1:
                await asyncio.sleep(MORE_WITHIN_S)
    performance.turn = None
    performance.is_over = True
    if story.goodbye:
        await phone.say(story.goodbye)


async def _answered(phone: Phone, performance: Performance, chance: Random) -> bool:
    if await set_within(performance.answered, PATIENCE_S):
        return True
    await phone.say(chance.choice(NAGS))
    return await set_within(performance.answered, PATIENCE_S)
