"""`/admin`: everything that is set up, for admins to change and supervisors to read."""

from starlette.routing import BaseRoute

from desk.pages.admin.customers import CustomerPages
from desk.pages.admin.flow_parts import FlowPartPages
from desk.pages.admin.flows import FlowPages
from desk.pages.admin.frame import Frame
from desk.pages.admin.groups import GroupPages
from desk.pages.admin.history import HistoryPages
from desk.pages.admin.hours import HourPages
from desk.pages.admin.knowledge import KnowledgePages
from desk.pages.admin.overview import OverviewPages
from desk.pages.admin.replies import ReplyPages
from desk.pages.admin.rules import RulePages
from desk.pages.admin.seats import SeatPages
from desk.pages.admin.words import WordPages
from desk.services import Services

PAGES = (
    *(OverviewPages, GroupPages, SeatPages, HourPages, FlowPages, FlowPartPages, CustomerPages, WordPages),
    *(ReplyPages, KnowledgePages, RulePages, HistoryPages),
)


def routes(services: Services) -> list[BaseRoute]:
    """Every page of the settings."""
    frame = Frame(services)
    return [route for kind in PAGES for route in kind(frame).routes()]
