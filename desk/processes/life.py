"""The demo's life, beside the processes of the desk."""

import asyncio

from desk.demo.life import Life
from desk.demo.stories import read_stories
from desk.processes.running import Resources


async def run(resources: Resources, stop: asyncio.Event) -> None:
    """Bring the demo to life until told to stop. Raises `desk.demo.stories.StoryError`."""
    settings = resources.settings
    await Life(settings.own_url, resources.ledger, read_stories(), settings.demo_pace).run(stop)
