"""The courier process: sends to WeChat, fetches customers' files, looks up who comes. A second one stands by."""

import asyncio

from desk.channels.wechat.api import WeChatApi
from desk.channels.wechat.calls import open_client
from desk.channels.wechat.courier import WeChatCourier
from desk.channels.wechat.token import AccessTokens
from desk.courier import run_courier
from desk.directory import Directory
from desk.folders import check_writable
from desk.lookups import Lookups
from desk.media import MediaStore
from desk.processes.database import open_database
from desk.processes.running import Resources


async def run(resources: Resources, stop: asyncio.Event) -> None:
    """Carry messages out and files in until told to stop."""
    settings = resources.settings
    check_writable(settings.media_dir)
    media = MediaStore(settings.media_dir)
    async with open_database(settings) as database, open_client() as client:
        directory = Directory(database, settings.secret_keys)
        await directory.refresh()
        watching = asyncio.create_task(directory.keep(stop), name="courier settings")
        tokens = AccessTokens(resources.redis, settings.key_prefix, client, settings.wechat_api_base)
        wechat = WeChatCourier(directory, WeChatApi(client, tokens, settings.wechat_api_base), media)
        lookups = Lookups(database, resources.inbox, [wechat])
        try:
            await run_courier(
                resources.redis,
                resources.keys,
                [wechat],
                media,
                stop,
                lookups=lookups,
                collected=directory.has_web_chat,
            )
        finally:
            stop.set()
            await lookups.close()
            await watching
