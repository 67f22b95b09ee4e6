"""What is to be written down: which users have changed, and which files have come."""


class Changes:
    """Who has changed, and which files are new, since somebody asked; nothing while nobody keeps it."""

    def __init__(self) -> None:
        self.are_kept = False
        self._users: dict[tuple[str, str], None] = {}
        self._files: dict[str, None] = {}

    def note_user(self, key: str, openid: str) -> None:
        if self.are_kept:
            self._users[key, openid] = None

    def note_file(self, media_id: str) -> None:
        if self.are_kept:
            self._files[media_id] = None

    def take(self) -> tuple[list[tuple[str, str]], list[str]]:
        """Users by account and openid, and files; from now on it counts anew."""
        taken = list(self._users), list(self._files)
        self._users.clear()
        self._files.clear()
        return taken
