"""The forms of a page, filled in as they are shown: what a browser would send if nobody touched anything."""

from html.parser import HTMLParser
from typing import NamedTuple

Sent = dict[str, list[str]]


class Form(NamedTuple):
    """Where it goes, and what goes there."""

    method: str
    action: str
    fields: Sent

    def but(self, **changes: str | list[str]) -> Sent:
        """The same with some fields filled in otherwise; `__` in a name stands for a dot."""
        changed = {name.replace("__", "."): value for name, value in changes.items()}
        return {
            **self.fields,
            **{name: [value] if isinstance(value, str) else value for name, value in changed.items()},
        }


def forms_of(html: str) -> list[Form]:
    """Every form of the page in its order; what is disabled is not sent."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms


def form_of(html: str, having: str = "stamp") -> Form:
    """The first form that has this field."""
    return next(form for form in forms_of(html) if having in form.fields)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._fieldsets: list[bool] = []
        self._select: str | None = None
        self._first: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        attributes = dict(pairs)
        name = attributes.get("name") or ""
        match tag:
            case "form":
                self._open = Form(attributes.get("method") or "get", attributes.get("action") or "", {})
                self.forms.append(self._open)
            case "fieldset":
                self._fieldsets.append("disabled" in attributes)
            case "input" if name and (attributes.get("type") != "checkbox" or "checked" in attributes):
                self._add(name, attributes.get("value") or "")
            case "select":
                self._select, self._first = name, None
            case "option" if self._select is not None:
                if "selected" in attributes:
                    self._add(self._select, attributes.get("value") or "")
                    self._select = None
                elif self._first is None:
                    self._first = attributes.get("value") or ""
            case "textarea":
                self._area = name
                self._add(name, "")
            case _:
                pass

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "form":
                self._open = None
            case "fieldset":
                self._fieldsets.pop()
            case "select":
                if self._select is not None and self._first is not None:
                    self._add(self._select, self._first)
                self._select = None
            case "textarea":
                self._area = None
            case _:
                pass

    def handle_data(self, data: str) -> None:
        if self._area is not None and self._open is not None and not any(self._fieldsets):
            self._open.fields[self._area][-1] += data

    def _add(self, name: str, value: str) -> None:
        if self._open is not None and not any(self._fieldsets):
            self._open.fields.setdefault(name, []).append(value)
