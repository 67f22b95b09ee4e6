"""Pieces of the page as the demo's desk draws them, on the clock of its pages."""

from zoneinfo import ZoneInfo

from desk.fragments import Fragments
from desk.templating import Templates

TEMPLATES = Templates(ZoneInfo("Asia/Shanghai"))
FRAGMENTS = Fragments(TEMPLATES)
render, render_talks = FRAGMENTS.render, FRAGMENTS.render_talks
