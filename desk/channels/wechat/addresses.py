"""Where a file may be fetched that WeChat gives only an address of.

The address stands in an answer, and the courier can reach more than the world should: whatever it names is asked for
at hosts of WeChat's and by TLS, or not at all. It is put together anew from what was checked, so that nobody reads
another host in it than we did.
"""

import re
from urllib.parse import urlsplit, urlunsplit

_WECHATS_HOSTS = re.compile(r"([a-z0-9-]+\.)+(qq\.com|qpic\.cn)")
"""Those of `weixin.qq.com` and `tc.qq.com`, where videos lie, and of pictures."""


def fetchable(address: str, api_base: str) -> str | None:
    """The address to ask; None for one that is neither at WeChat nor beside the API that we were told to use.

    WeChat tells some as `http:`; those are asked for by https, too.
    """
    try:
        there, base = urlsplit(address), urlsplit(api_base)
        host = there.hostname or ""
    except ValueError:
        return None
    if there[:2] == base[:2]:
        return address
    if there.scheme not in {"http", "https"} or not _WECHATS_HOSTS.fullmatch(host):
        return None
    return urlunsplit(there._replace(scheme="https", netloc=host))
