"""The platform's error codes, and how an answer words them.

WeChat answers HTTP 200 whatever happened; `errcode` in the JSON tells. `errmsg` ends with a request id whose
first group is the second of the call in hex, which is how support finds a call again; nobody may branch on it.
"""

from typing import Final
from zlib import crc32

OK: Final = 0
SYSTEM_BUSY: Final = -1
INVALID_CREDENTIAL: Final = 40001
INVALID_GRANT_TYPE: Final = 40002
INVALID_OPENID: Final = 40003
INVALID_MEDIA_TYPE: Final = 40004
INVALID_FILE_TYPE: Final = 40005
INVALID_MEDIA_ID: Final = 40007
INVALID_MESSAGE_TYPE: Final = 40008
INVALID_IMAGE_SIZE: Final = 40009
INVALID_VOICE_SIZE: Final = 40010
INVALID_VIDEO_SIZE: Final = 40011
INVALID_THUMB_SIZE: Final = 40012
INVALID_APP_ID: Final = 40013
INVALID_ACCESS_TOKEN: Final = 40014
INVALID_BUTTON_COUNT: Final = 40016
INVALID_BUTTON_TYPE: Final = 40017
INVALID_BUTTON_NAME: Final = 40018
INVALID_SUB_BUTTON_COUNT: Final = 40023
INVALID_LIST_SIZE: Final = 40032
INVALID_CHARACTERS: Final = 40033
INVALID_PARAMETER: Final = 40035
UNKNOWN_API: Final = 40066
INVALID_APP_SECRET: Final = 40125
IP_NOT_LISTED: Final = 40164
MISSING_ACCESS_TOKEN: Final = 41001
MISSING_APP_ID: Final = 41002
MISSING_APP_SECRET: Final = 41004
MISSING_MEDIA: Final = 41005
ACCESS_TOKEN_EXPIRED: Final = 42001
GET_REQUIRED: Final = 43001
POST_REQUIRED: Final = 43002
EMPTY_MEDIA: Final = 44001
EMPTY_BODY: Final = 44002
EMPTY_NEWS: Final = 44003
EMPTY_CONTENT: Final = 44004
CONTENT_TOO_LONG: Final = 45002
VOICE_TOO_LONG: Final = 45007
TOO_MANY_ARTICLES: Final = 45008
DAILY_QUOTA: Final = 45009
TOO_FREQUENT: Final = 45011
WINDOW_CLOSED: Final = 45015
COUNT_SPENT: Final = 45047
INVALID_TYPING_COMMAND: Final = 45072
TYPING_TOO_LATE: Final = 45080
ALREADY_TYPING: Final = 45081
INVALID_TYPE: Final = 45162
NO_MENU: Final = 46003
MALFORMED_DATA: Final = 47001
CLEAR_QUOTA_SPENT: Final = 48006
MESSAGE_TYPE_NOT_PERMITTED: Final = 48008

ERRMSG: Final[dict[int, str]] = {
    OK: "ok",
    SYSTEM_BUSY: "system error",
    INVALID_CREDENTIAL: "invalid credential, access_token is invalid or not latest",
    INVALID_GRANT_TYPE: "invalid grant_type",
    INVALID_OPENID: "invalid openid",
    INVALID_MEDIA_TYPE: "invalid media type",
    INVALID_FILE_TYPE: "invalid file type",
    INVALID_MEDIA_ID: "invalid media_id",
    INVALID_MESSAGE_TYPE: "invalid message type",
    INVALID_IMAGE_SIZE: "invalid image size",
    INVALID_VOICE_SIZE: "invalid voice size",
    INVALID_VIDEO_SIZE: "invalid video size",
    INVALID_THUMB_SIZE: "invalid thumb size",
    INVALID_APP_ID: "invalid appid",
    INVALID_ACCESS_TOKEN: "invalid access_token",
    INVALID_BUTTON_COUNT: "invalid button size",
    INVALID_BUTTON_TYPE: "invalid button type",
    INVALID_BUTTON_NAME: "invalid button name size",
    INVALID_SUB_BUTTON_COUNT: "invalid sub button size",
    INVALID_LIST_SIZE: "invalid openid list size",
    INVALID_CHARACTERS: "invalid charset. please check your request, if include \\uxxxx will create fail!",
    INVALID_PARAMETER: "invalid parameter",
    UNKNOWN_API: "invalid url",
    INVALID_APP_SECRET: "invalid appsecret",
    IP_NOT_LISTED: "invalid ip, not in whitelist",
    MISSING_ACCESS_TOKEN: "access_token missing",
    MISSING_APP_ID: "appid missing",
    MISSING_APP_SECRET: "appsecret missing",
    MISSING_MEDIA: "media data missing",
    ACCESS_TOKEN_EXPIRED: "access_token expired",
    GET_REQUIRED: "require GET method",
    POST_REQUIRED: "require POST method",
    EMPTY_MEDIA: "empty media data",
    EMPTY_BODY: "empty post data",
    EMPTY_NEWS: "empty news data",
    EMPTY_CONTENT: "empty content",
    CONTENT_TOO_LONG: "content size out of limit",
    VOICE_TOO_LONG: "playtime out of limit",
    TOO_MANY_ARTICLES: "article size out of limit",
    DAILY_QUOTA: "reach max api daily quota limit",
    TOO_FREQUENT: "api minute-quota reach limit, must slower, retry next minute",
    WINDOW_CLOSED: "response out of time limit or subscription is canceled",
    COUNT_SPENT: "out of response count limit",
    INVALID_TYPING_COMMAND: "invalid command",
    TYPING_TOO_LATE: "no message exchanged in the last 30 seconds",
    ALREADY_TYPING: "already in typing state, do not repeat",
    INVALID_TYPE: "invalid type",
    NO_MENU: "menu no exist",
    MALFORMED_DATA: "data format error",
    CLEAR_QUOTA_SPENT: "forbid to clear quota because of reaching the limit",
    MESSAGE_TYPE_NOT_PERMITTED: "no permission for this msgtype",
}


class ApiError(Exception):
    """The platform says no: `errcode` is all that a caller may rely on."""

    def __init__(self, errcode: int, errmsg: str = "") -> None:
        self.errcode = errcode
        self.errmsg = errmsg or ERRMSG.get(errcode, "error")
        super().__init__(f"{errcode} {self.errmsg}")


class SimulatorError(ValueError):
    """Someone asked the simulator itself for something impossible: `code` is stable, the message says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def worded(errmsg: str, call: int, at: int) -> str:
    """`errmsg` with the request id of the `call`-th call, made at `at` (ms)."""
    digest = crc32(f"{call}:{at}".encode())
    return f"{errmsg} rid: {at // 1000:08x}-{call & 0xFFFFFFFF:08x}-{digest:08x}"
