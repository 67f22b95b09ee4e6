"""The browser of the bench and of the tests: the system's Chromium or Chrome, else one that playwright has fetched."""

import shutil
import subprocess
import sys
from pathlib import Path

WHOLE = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SHELL = "chromium-headless-shell"
"""The same browser without its windows: a page in it costs a third of the time."""
ON_MACOS = ("Chromium.app/Contents/MacOS/Chromium", "Google Chrome.app/Contents/MacOS/Google Chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
)
ADVICE = (
    "no Chromium: install one (Debian: apt-get install chromium-headless-shell),"
    " or run: .venv/bin/playwright install chromium"
)


def find_chromium(*, whole_first: bool = False) -> str | None:
    """The path of a browser that starts, for playwright's `executable_path`; the quicker one first if not told else."""
    names = (*WHOLE, SHELL) if whole_first else (SHELL, *WHOLE)
    candidates = [found for name in names if (found := shutil.which(name))]
    candidates += [str(path) for bundle in ON_MACOS if (path := Path("/Applications", bundle)).exists()]
    return next((path for path in candidates if _starts(path)), None) or _fetched()


def _fetched() -> str | None:
    # Asked in another process: playwright's sync API could not be used a second time in this one.
    ask = "from playwright.sync_api import sync_playwright as p\nwith p() as it: print(it.chromium.executable_path)"
    asked = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", ask], capture_output=True, text=True, check=False
    )
    path = asked.stdout.strip()
    return path if path and Path(path).exists() and _starts(path) else None


def _starts(path: str) -> bool:
    """Whether it runs at all: a fetched one may lack the system's libraries."""
    try:
        asked = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)  # noqa: S603 - a fixed name
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0
