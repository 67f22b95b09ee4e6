"""The browser of the browser tests: the system's Chromium or Chrome, else one that playwright has fetched.

The headless shell is the same browser without its windows: a page in it costs a third of the time. So it comes first.
`python -m tests.chromium --fetch` sees to it that there is one, if one can be had, and says so if not.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ON_PATH = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ON_MACOS = ("Chromium.app/Contents/MacOS/Chromium", "Google Chrome.app/Contents/MacOS/Google Chrome")
ADVICE = (
    "no Chromium: install one (Debian: apt-get install chromium-headless-shell),"
    " or run: .venv/bin/playwright install chromium"
)


def find_chromium() -> str | None:
    """The path of a browser that starts, for playwright's `executable_path`."""
    candidates = [found for name in ON_PATH if (found := shutil.which(name))]
    candidates += [str(path) for bundle in ON_MACOS if (path := Path("/Applications", bundle)).exists()]
    return next((path for path in candidates if _starts(path)), None) or _fetched()


def _fetched() -> str | None:
    # Asked in another process: playwright's sync API could not be used a second time in this one.
    ask = "from playwright.sync_api import sync_playwright as p\nwith p() as it: print(it.chromium.executable_path)"
    asked = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=False)
    path = asked.stdout.strip()
    return path if path and Path(path).exists() and _starts(path) else None


def _starts(path: str) -> bool:
    """Whether it runs at all: a fetched one may lack the system's libraries."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


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
