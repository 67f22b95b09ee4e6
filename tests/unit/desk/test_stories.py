"""The demo's stories: all of them can be played, and a mistake in the file is named."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from desk.demo.stories import Story, StoryError, chosen, read_stories, typing_s


def test_the_seeds_can_be_played() -> None:
    stories = read_stories()
    assert len({story.id for story in stories}) == len(stories) > 15
    assert any(story.begin for story in stories)
    assert any(turn.after_s > 120 for story in stories for turn in story.turns), "somebody walks away and comes back"


STORY = '{"id": "s", "weight": %s, "turns": %s, "goodbye": "", "stars": %s, "disposition": ""%s}'
TURNS = '[{"says": ["喂"], "answers": []}]'


@pytest.mark.parametrize(
    ("story", "named"),
    [
        (STORY % (0, TURNS, 0, ""), "story s: a positive weight"),
        (STORY % (1, "[]", 0, ""), "something said in each turn"),
        (STORY % (1, '[{"says": [], "answers": []}]', 0, ""), "something said in each turn"),
        (STORY % (1, TURNS, 6, ""), "stars"),
        (STORY % (1, '[{"says": [{"send": "image", "file": "none.png"}], "answers": []}]', 0, ""), "none.png"),
        (STORY % (1, TURNS, 0, ', "colour": 1'), "colour"),
        (STORY % (1, TURNS, 0, ', "begin": {"type": "fly"}'), "fly"),
        ("", "stories.json"),
        ("{", "stories.json"),
    ],
)
def test_a_story_that_cannot_be_played_is_named(tmp_path: Path, story: str, named: str) -> None:
    file = tmp_path / "stories.json"
    file.write_text(f"[{story}]" if story != "{" else story)
    with pytest.raises(StoryError, match=named):
        read_stories(file, tmp_path)


def test_a_heavier_story_is_played_more_often() -> None:
    one, three = (Story(id=str(n), weight=n, turns=[], goodbye="", stars=0, disposition="") for n in (1, 3))
    chance = Random(1)
    times = Counter(chosen([one, three], chance).id for _ in range(400))
    assert 2 < times["3"] / times["1"] < 4


def test_more_words_take_longer_to_type() -> None:
    assert typing_s("好", Random(1)) < typing_s("我的卡好像丢了，能不能先帮我冻结？", Random(1))
