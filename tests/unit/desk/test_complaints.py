"""A complaint says which thing is wrong, however it is called, and no more of it than tells."""

from desk.store.complaints import Complaint, found_in
from routing.flow_complaints import flow_complaints
from routing.selfservice import Answer, Flow


def test_a_long_name_is_cut_where_the_place_is_said() -> None:
    line = Complaint(("flows", "f", "scenes", "x" * 8_000), "missing").line("zh")
    assert line == f"flows.f.scenes.{'x' * 40}…: 不能为空，请填写"


def test_a_key_with_slashes_is_one_step_of_the_way() -> None:
    flow = Flow(id="f", name="f", clicks={"A/B~1": Answer("")})
    assert [each.path for each in found_in((), flow_complaints(flow, ()))] == [("clicks", "A/B~1", "text")]
