"""A faithful WeChat platform on the wire, for the demo and for tests.

It knows nothing of the desk: it talks to the gateway over HTTP exactly as WeChat would, and the desk's API client
talks to it. State is in memory; what of it outlives a restart goes to a file where one is given (`memory`). The rules
(`window`, `tokens`, `media`, `sending`, `replies`) are pure, the shells around them (`api`, `push`, `control`, `live`,
`phone`, `memory_file`) are thin.
"""

from desk.channels.wechat.simulator.accounts import AccountSettings, demo_account
from desk.channels.wechat.simulator.simulator import Simulator, create_demo_simulator, create_simulator

__all__ = ["AccountSettings", "Simulator", "create_demo_simulator", "create_simulator", "demo_account"]
