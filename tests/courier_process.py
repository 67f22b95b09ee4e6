"""A courier in a process of its own, to be killed: `python -m tests.courier_process REDIS_URL API_BASE FOLDER`."""

import asyncio
import sys
from pathlib import Path

import uvloop
from redis.asyncio import Redis

from desk.channels.wechat.accounts import WeChatAccount
from desk.channels.wechat.api import WeChatApi
from desk.channels.wechat.calls import open_client
from desk.channels.wechat.courier import WeChatCourier
from desk.channels.wechat.token import AccessTokens
from desk.courier import run_courier
from desk.media import MediaStore
from sessions.streams import Keys
from tests.ledgers import PREFIX

DEMO = WeChatAccount(key="demo", name="Demo", app_id="wxdemo0000000001", app_secret="demo-secret", token="demo-token")


class Directory:
    def get(self, account: str) -> WeChatAccount | None:
        return DEMO if account == "demo" else None


async def main(redis_url: str, api_base: str, folder: str) -> None:
    media = MediaStore(Path(folder))
    async with Redis.from_url(redis_url, socket_timeout=None) as redis, open_client() as client:
        tokens = AccessTokens(redis, PREFIX, client, api_base)
        wechat = WeChatCourier(Directory(), WeChatApi(client, tokens, api_base), media)
        await run_courier(redis, Keys(PREFIX), [wechat], media, asyncio.Event())


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
