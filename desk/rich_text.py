"""Words as HTML: addresses become links, WeChat's codes become signs, everything else stays what it is.

Customers choose these words, so only plain http addresses are linked, shown letter by letter as they are, and told
nothing about us. What an address may consist of is ASCII: the Chinese that follows it without a blank is no part of
it, nor is anything that turns the direction of writing.
"""

import re

from markupsafe import Markup

from desk.emoji import split

_ADDRESS = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+", re.I)
_TRAILING = ".,;:!?'"
_LINK = Markup('<a href="{0}" target="_blank" rel="noopener noreferrer nofollow">{0}</a>')
_SIGN = Markup('<span class="emoji" role="img" aria-label="{}" title="{}">{}</span>')


def rich(text: str) -> Markup:
    """The words, safe to stand in a page; empty where there is nothing to see in them."""
    if not any(each.isprintable() and not each.isspace() for each in text):
        return Markup()
    pieces, end = [], 0
    for found in _ADDRESS.finditer(text):
        address = _without_what_follows(found[0])
        pieces += [_with_emoji(text[end : found.start()]), _LINK.format(address)]
        end = found.start() + len(address)
    return Markup().join([*pieces, _with_emoji(text[end:])])


def _without_what_follows(address: str) -> str:
    """The address without the full stop of its sentence, or a bracket that it does not open."""
    while address[-1] in _TRAILING or (address[-1] == ")" and address.count(")") > address.count("(")):
        address = address[:-1]
    return address


def _with_emoji(text: str) -> Markup:
    return Markup().join(
        piece
        if isinstance(piece, str)
        else _SIGN.format(piece[1].zh, piece[0], piece[1].sign)
        if piece[1].sign
        else piece[0]
        for piece in split(text)
    )
