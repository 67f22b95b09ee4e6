"""Clients for servers of this machine. An ordinary one reads the system's certificates when it is made, for 25 ms."""

import ssl
from typing import Any

import httpx2

_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def http_client(**options: Any) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(verify=_NO_CERTIFICATES, **options)


def http_client_of_a_thread(**options: Any) -> httpx2.Client:
    return httpx2.Client(verify=_NO_CERTIFICATES, **options)
