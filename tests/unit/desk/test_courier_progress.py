"""How far a follower has got that finishes out of order."""

from hypothesis import given
from hypothesis import strategies as st

from desk.progress import Progress
from sessions.ids import Seq


def test_it_stands_before_the_oldest_unfinished() -> None:
    progress = Progress(Seq(10))
    for seq in (11, 13, 17):
        progress.take(Seq(seq))
    progress.reach(Seq(20))
    assert progress.position == 10
    progress.finish(Seq(13))
    assert (progress.position, progress.finished_ahead) == (10, 1)
    progress.finish(Seq(11))
    assert (progress.position, progress.finished_ahead) == (16, 0)
    progress.finish(Seq(17))
    assert progress.position == 20


def test_it_moves_with_what_is_only_looked_at() -> None:
    progress = Progress(Seq(0))
    progress.reach(Seq(5))
    assert progress.position == 5


def test_finishing_twice_or_what_was_never_taken_changes_nothing() -> None:
    progress = Progress(Seq(0))
    progress.take(Seq(2))
    progress.finish(Seq(1))
    progress.take(Seq(3))
    progress.finish(Seq(2))
    progress.finish(Seq(2))
    assert (progress.position, progress.finished_ahead) == (2, 0)


@given(st.data())
def test_nothing_unfinished_is_ever_behind_it_and_nothing_finished_right_before_it(data: st.DataObject) -> None:
    taken = sorted(data.draw(st.sets(st.integers(1, 60), min_size=1)))
    progress = Progress(Seq(0))
    for seq in taken:
        progress.take(Seq(seq))
    progress.reach(Seq(60))
    left = set(taken)
    for seq in data.draw(st.permutations(taken)):
        progress.finish(Seq(seq))
        left.remove(seq)
        assert progress.position == (min(left) - 1 if left else 60)
        assert progress.finished_ahead == sum(1 for each in taken if each not in left and left and each > min(left))
