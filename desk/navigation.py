"""The places of the left rail, and who finds them there.

A page that wants to be found adds a line here. Hiding a place protects nothing: each page checks the role itself.
"""

from typing import TYPE_CHECKING

import msgspec

from desk.i18n import gettext_noop
from sessions.ids import Role

if TYPE_CHECKING:
    from desk.web_session import Identity

EVERYONE: tuple[Role, ...] = ("agent", "supervisor", "inspector", "admin")
HOMES: dict[Role, str] = {"agent": "/desk", "supervisor": "/desk", "inspector": "/desk", "admin": "/admin"}


class Place(msgspec.Struct, frozen=True):
    """A link of the rail; `label` is translated where it is shown, `icon` is a name in `static/icons.svg`."""

    path: str
    label: str
    icon: str
    roles: tuple[Role, ...] = EVERYONE
    demo_only: bool = False
    apart: bool = False
    """Opens beside the desk, in a tab of its own."""


PLACES = (
    Place("/desk", gettext_noop("工作台"), "chat"),
    Place("/replies", gettext_noop("快捷回复"), "bolt", roles=("agent",)),
    Place("/admin", gettext_noop("设置"), "settings", roles=("admin", "supervisor")),
    Place("/sim/phone", gettext_noop("模拟微信"), "phone", demo_only=True, apart=True),
    Place("/webchat/demo/web", gettext_noop("示例网站"), "globe", demo_only=True, apart=True),
)

ROLE_NAMES: dict[Role, str] = {
    "agent": gettext_noop("客服"),
    "supervisor": gettext_noop("班长"),
    "inspector": gettext_noop("质检"),
    "admin": gettext_noop("管理员"),
}


def home_of(role: Role) -> str:
    """Where this role's work is."""
    return HOMES[role]


def places_for(identity: "Identity | None", *, demo: bool) -> list[Place]:
    """The rail of this person; empty for a stranger."""
    if identity is None:
        return []
    return [place for place in PLACES if identity.role in place.roles and (demo or not place.demo_only)]
