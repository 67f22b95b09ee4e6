"""Whether a folder can be written, found out at the start: else the first who notices is an agent with an upload."""

import tempfile
from pathlib import Path


class FolderError(RuntimeError):
    """A folder or a file in it cannot be used; the message names it, its variable and what to do."""

    code = "folder"


def check_writable(folder: Path, variable: str = "DESK_VAR") -> None:
    """Makes the folder where it is missing, and a file in it that goes again. Raises `FolderError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as failure:
        raise unusable(folder, failure, variable) from None


def unusable(path: Path, failure: OSError, variable: str = "DESK_VAR", instead: str = "") -> FolderError:
    """The error for a path that lies where `variable` says."""
    advice = f"Let this user write there, or set {variable} to a folder that it may write{instead}."
    return FolderError(f"{variable}: {path} cannot be used: {reason_of(failure)}. {advice}")


def reason_of(failure: OSError) -> str:
    """Why, in words that need no path: "File exists" is what the system says where a file stands for a folder."""
    if isinstance(failure, FileExistsError | NotADirectoryError):
        return "a file is where a folder should be"
    return failure.strerror or str(failure)
