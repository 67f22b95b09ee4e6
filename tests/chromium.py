"""Sees to it that there is a browser for the browser tests, if one can be had, and says so if not.

`python -m tests.chromium` prints its path; with `--fetch`, playwright fetches one where the machine has none.
"""

import os
import subprocess
import sys

from desk.bench.chromium import ADVICE, find_chromium


def _fetch() -> None:
    if find_chromium():
        return
    print("desk: no Chromium on this machine; fetching one for the browser tests", file=sys.stderr)
    command = [sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"]
    fetched = subprocess.run(command, stdout=sys.stderr, stderr=subprocess.DEVNULL, check=False).returncode == 0
    if not fetched or not find_chromium():
        what_follows = "they will fail" if os.environ.get("CI") else "they will be skipped"
        print(f"desk: {ADVICE}. Until then the browser tests cannot run: {what_follows}.", file=sys.stderr)


if __name__ == "__main__":
    if sys.argv[1:] == ["--fetch"]:
        _fetch()
    else:
        print(find_chromium() or sys.exit(ADVICE))
