"""What the demo's customers want, told as stories: `seeds/stories.json`.

A story is played by one customer: what they say, turn by turn, and what a colleague who knows their trade answers.
Reading is checking, so that a mistake in the file is found at the start and not in the middle of a talk.
"""

from collections.abc import Collection
from pathlib import Path
from random import Random

import msgspec
from msgspec import Struct

from desk.channels.wechat.simulator.acts import Click, Scan, Subscribe

SEEDS = Path(__file__).parent.parent.parent / "seeds"
FILE = SEEDS / "stories.json"
MEDIA = SEEDS / "media"


class StoryError(ValueError):
    """A story that cannot be played; the message says which and why."""

    code = "bad_story"


class Image(Struct, frozen=True, forbid_unknown_fields=True, tag_field="send", tag="image"):
    file: str


class Voice(Struct, frozen=True, forbid_unknown_fields=True, tag_field="send", tag="voice"):
    file: str
    recognition: str = ""


class Location(Struct, frozen=True, forbid_unknown_fields=True, tag_field="send", tag="location"):
    latitude: float
    longitude: float
    label: str = ""


class Link(Struct, frozen=True, forbid_unknown_fields=True, tag_field="send", tag="link"):
    title: str
    url: str
    description: str = ""


Shown = Image | Voice | Location | Link
Said = str | Shown


class TurnOfStory(Struct, frozen=True, forbid_unknown_fields=True):
    """A burst of the customer's, `after_s` after the answer before it; without `answers` nobody needs to answer."""

    says: list[Said]
    answers: list[str]
    after_s: float = 0


class Story(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One matter of one customer. Who says no `goodbye` just stays away; `stars` is what they give, 0 nothing."""

    id: str
    weight: int
    turns: list[TurnOfStory]
    goodbye: str
    stars: int
    disposition: str
    begin: Click | Scan | Subscribe | None = None


def read_stories(file: Path = FILE, media: Path = MEDIA) -> list[Story]:
    """All stories. Raises `StoryError`."""
    try:
        stories = msgspec.json.decode(file.read_bytes(), type=list[Story])
    except (msgspec.DecodeError, OSError) as failure:
        raise StoryError(f"{file.name}: {failure}") from failure
    if not stories:
        raise StoryError(f"{file.name}: no story")
    for story in stories:
        _check(story, media)
    return stories


def chosen(stories: Collection[Story], chance: Random) -> Story:
    """One of them; a heavier one more often."""
    ordered = list(stories)
    return chance.choices(ordered, [story.weight for story in ordered])[0]


def typing_s(said: Said, chance: Random) -> float:
    """How long a thumb takes for it."""
    length = len(said) if isinstance(said, str) else 12
    return chance.uniform(0.8, 1.6) + length * chance.uniform(0.10, 0.18)


def _check(story: Story, media: Path) -> None:
    if story.weight < 1 or not story.turns or not all(turn.says for turn in story.turns):
        raise StoryError(f"story {story.id}: a positive weight, and something said in each turn")
    if not 0 <= story.stars <= 5:
        raise StoryError(f"story {story.id}: stars are 1 to 5, or 0 for none")
    for turn in story.turns:
        for said in turn.says:
            if isinstance(said, Image | Voice) and not (media / said.file).is_file():
                raise StoryError(f"story {story.id}: there is no {said.file} in {media.name}/")
