"""What a person did that cannot be done, and what they can do about it.

Every edge raises the same kind of error: a stable `code` for programs, Chinese words for people (the key of the
English ones, see `desk.i18n`), and the status it has over HTTP. The words are given as the second argument, so
that the check for missing translations finds them.
"""

from typing import Any

from desk.i18n import Language, gettext_for


class UserError(Exception):
    """Refuses a request; `field` names the offending input, `retry_after_s` says when to try again."""

    def __init__(
        self,
        code: str,
        text: str,
        *,
        status: int = 400,
        field: str = "",
        retry_after_s: int = 0,
        **values: object,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.field = field
        self.retry_after_s = retry_after_s
        self._text = text
        self._values = values

    def message(self, lang: Language) -> str:
        """The words for people."""
        return gettext_for(lang)(self._text, **self._values)

    def headers(self) -> dict[str, str]:
        """What HTTP says beside the status."""
        return {"retry-after": str(self.retry_after_s)} if self.retry_after_s else {}


def error_json(code: str, message: str, field: str = "") -> dict[str, Any]:
    """The body of an error for programs, the same over HTTP and WebSocket."""
    error = {"code": code, "message": message}
    return {"error": {**error, "field": field} if field else error}
