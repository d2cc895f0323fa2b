"""The page on paper, printed by a browser that is installed."""

import shutil
import subprocess
import tempfile
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SECONDS = 60


class PdfFailed(Exception):
    """The page could not be printed. One sentence."""


def find_browser() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def print_pdf(page: Path) -> Path:
    """Print to a file of the same name, replaced whole. Raises PdfFailed."""
    browser = find_browser()
    if browser is None:
        raise PdfFailed(
            f"The page was not printed, since no Chromium is installed; install one, or open {page} "
            "in a browser and print it there."
        )
    target = page.with_suffix(".pdf")
    with tempfile.TemporaryDirectory() as scratch:
        draft = Path(scratch) / target.name
        command = [
            browser,
            "--headless",
            "--disable-gpu",
            # Its sandbox does not start in a container; the page allows no script but our own.
            "--no-sandbox",
            f"--user-data-dir={scratch}/profile",
            "--no-pdf-header-footer",
            f"--print-to-pdf={draft}",
            page.absolute().as_uri(),
        ]
        try:
            done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise PdfFailed(f"The page was not printed by {browser} ({type(error).__name__}).") from error
        if not draft.exists():
            raise PdfFailed(f"The page was not printed: {browser} ended with code {done.returncode}.")
        shutil.copyfile(draft, target.with_name(f".{target.name}.draft"))
    target.with_name(f".{target.name}.draft").replace(target)
    return target
