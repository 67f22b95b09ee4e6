"""An hour at the desk on fast-forward, with a line that breaks all the time.

One agent with several tabs, each with a customer of its own: they talk, write notes, park and wake, hand over to a
colleague and take back, hang up and begin again. Meanwhile connections are cut within a frame, stall, are refused,
the web process and Redis die, the browser goes offline, and the agent reloads the page. In the end each tab must show
what the archive has, line by line, and both must be what was said.
"""
