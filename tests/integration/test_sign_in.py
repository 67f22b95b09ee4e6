"""Getting in with name and password, staying in with a cookie, and getting out again."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from argon2 import extract_parameters
from msgspec.structs import replace
from redis.asyncio import Redis
from starlette.types import Receive, Scope, Send

from desk.app import create_app
from desk.passwords import Passwords
from desk.services import Services
from desk.sign_in import Post, StaffMember
from desk.throttle import Limits, Throttle, network_of
from sessions.ids import SeatId, UserId
from tests.web import PASSWORD, ROLES, StaffList, complaint_on, services_for_tests, sign_in, signed_in, visiting

pytestmark = pytest.mark.anyio


AGENT = UserId("agent")


async def away() -> dict[UserId, Post]:
    raise OSError("no route to SQL")


def staff_of(services: Services) -> dict[UserId, StaffMember]:
    assert isinstance(services.staff, StaffList)
    return services.staff.members


@pytest.fixture
def services(redis: Redis, tmp_path: Path) -> Services:
    return services_for_tests(redis, tmp_path)


@pytest.mark.parametrize("role", ROLES)
async def test_the_right_password_leads_to_the_roles_home(services: Services, role: str) -> None:
    async with visiting(create_app(services)) as client:
        response = await sign_in(client, role)
        home = "/admin" if role == "admin" else "/desk"
        assert (response.status_code, response.headers["location"]) == (303, home)
        assert (await client.get("/")).headers["location"] == home


async def test_the_cookie_is_for_this_browser_and_this_site_alone(services: Services) -> None:
    async with visiting(create_app(services)) as client:
        cookie = (await sign_in(client, "agent")).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert "secure" not in cookie


async def test_behind_https_the_cookie_never_travels_in_the_clear(redis: Redis, tmp_path: Path) -> None:
    services = services_for_tests(redis, tmp_path, public_url="https://desk.example.com")
    async with visiting(create_app(services)) as client:
        assert "secure" in (await sign_in(client, "agent")).headers["set-cookie"].lower()


async def test_an_unknown_name_and_a_wrong_password_look_the_same(services: Services) -> None:
    async with visiting(create_app(services)) as client:
        wrong = await sign_in(client, "agent", "wrong")
        unknown = await sign_in(client, "nobody", "wrong")
        empty = await sign_in(client, "", "")
        endless = await sign_in(client, "agent", "x" * 10_000)
    for answer in (wrong, unknown, empty, endless):
        assert answer.status_code == 401
        assert complaint_on(answer) == "用户名或密码不正确"
        assert "set-cookie" not in answer.headers
    assert 'value="agent"' in wrong.text
    assert "wrong" not in wrong.text


async def test_an_unknown_name_is_checked_against_a_hash_as_dear_as_anybodys() -> None:
    passwords = Passwords(time_cost=1, memory_kib=8192)
    assert not (await passwords.verify(None, "wrong")).ok
    nobodys = passwords._nobodys_hash
    assert nobodys is not None
    assert extract_parameters(nobodys) == extract_parameters(passwords.hash_now("secret"))
    assert not (await passwords.verify(None, "nobody's password")).ok, "nor does its own password let anybody in"


async def test_a_hash_of_old_parameters_is_made_anew(services: Services) -> None:
    assert isinstance(services.staff, StaffList)
    await services.staff.set_password_hash(UserId("agent"), Passwords(time_cost=2, memory_kib=16).hash_now(PASSWORD))
    async with visiting(create_app(services)) as client:
        assert (await sign_in(client, "agent")).status_code == 303
        renewed = services.staff.members[UserId("agent")].password_hash
        assert "m=8,t=1" in renewed
        assert (await sign_in(client, "agent")).status_code == 303
    assert services.staff.members[UserId("agent")].password_hash == renewed


async def test_after_signing_in_one_is_where_one_wanted_to_be(services: Services) -> None:
    async with visiting(create_app(services)) as client:
        asked = await client.get("/media/some.png?as=playable")
        assert asked.headers["location"] == "/sign-in?next=/media/some.png%3Fas%3Dplayable"
        page = await client.get(asked.headers["location"])
        assert 'name="next" value="/media/some.png?as=playable"' in page.text
        back = await sign_in(client, "agent", next="/media/some.png?as=playable")
        assert back.headers["location"] == "/media/some.png?as=playable"


@pytest.mark.parametrize(
    "hostile", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)", "/sign-in"]
)
async def test_nobody_is_led_away_from_the_desk(services: Services, hostile: str) -> None:
    async with visiting(create_app(services)) as client:
        shown = await client.get("/sign-in", params={"next": hostile})
        assert re.search(r'name="next" value="(/sign-in)?"', shown.text)
        assert (await sign_in(client, "agent", next=hostile)).headers["location"] == "/desk"


async def test_signing_out_ends_it_at_once_for_every_process(services: Services) -> None:
    other_process = create_app(services)
    async with signed_in(services) as client, visiting(other_process) as other:
        stolen = client.cookies["desk_session"]
        assert (await client.get("/sign-in")).status_code == 303
        response = await client.post("/sign-out")
        assert (response.status_code, response.headers["location"]) == (303, "/sign-in")
        again = await other.get("/", headers={"cookie": f"desk_session={stolen}"})
        assert again.headers["location"] == "/sign-in"


async def test_signing_out_closes_this_persons_sockets_in_every_process(redis: Redis, tmp_path: Path) -> None:
    class Sockets:
        def __init__(self) -> None:
            self.closed: asyncio.Queue[str] = asyncio.Queue()

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...

        def sign_out(self, sign_in_id: str) -> None:
            self.closed.put_nowait(sign_in_id)

    here, elsewhere, stop = Sockets(), Sockets(), asyncio.Event()
    services = services_for_tests(redis, tmp_path, hub=here)
    following = asyncio.create_task(services.web_sessions.follow_ends(elsewhere.sign_out, stop))
    for _ in range(200):
        if (await redis.pubsub_numsub("desk:{main}:sign-outs"))[0][1]:
            break
        await asyncio.sleep(0.01)
    await redis.publish("desk:{main}:sign-outs", b"\xff")
    async with signed_in(services) as client:
        identity = await services.web_sessions.find(client.cookies["desk_session"])
        assert identity
        await client.post("/sign-out")
    assert here.closed.get_nowait() == identity.sign_in_id
    told = [await asyncio.wait_for(elsewhere.closed.get(), 5) for _ in range(2)]
    assert told == ["\N{REPLACEMENT CHARACTER}", identity.sign_in_id], "what is no sign-in at all ends nothing"
    stop.set()
    await following


async def test_signing_in_again_ends_the_session_before(services: Services) -> None:
    async with signed_in(services) as client:
        first = client.cookies["desk_session"]
        await sign_in(client, "supervisor")
        assert client.cookies["desk_session"] != first
        assert await services.web_sessions.find(first) is None


async def test_redis_knows_no_token(services: Services, redis: Redis) -> None:
    async with signed_in(services) as client:
        token = client.cookies["desk_session"].encode()
    key: Any
    (key,) = await redis.keys("desk:{main}:web-session:*")
    stored: Any = await redis.get(key)
    assert token not in key
    assert token not in stored


async def test_a_session_lasts_as_long_as_it_is_used(redis: Redis, tmp_path: Path) -> None:
    services = services_for_tests(redis, tmp_path, session_hours=1)
    async with signed_in(services) as client:
        (key,) = await redis.keys("*web-session*")
        assert await redis.ttl(key) == pytest.approx(3600, abs=2)
        await redis.expire(key, 100)
        await client.get("/")
        assert await redis.ttl(key) == pytest.approx(3600, abs=2)
        await redis.delete(key)
        assert (await client.get("/")).headers["location"] == "/sign-in"


@pytest.mark.parametrize("change", [{"role": "inspector", "seat": None}, {"seat": SeatId("seat-2")}, None])
async def test_who_leaves_or_does_something_else_now_has_to_sign_in_anew(
    services: Services, redis: Redis, change: dict[str, Any] | None
) -> None:
    async with signed_in(services) as client:
        before = staff_of(services).pop(AGENT)
        if change:
            staff_of(services)[AGENT] = replace(before, **change)
        await services.on_staff.look()
        assert (await client.get("/")).headers["location"] == "/sign-in"
        assert await redis.keys("*web-session*") == []
        assert (await sign_in(client, "agent")).status_code == (303 if change else 401)
        if change:
            assert (await client.get("/")).headers["location"] == "/desk"


async def test_what_somebody_was_given_just_now_holds_before_every_process_has_read_it(services: Services) -> None:
    await services.on_staff.look()
    staff_of(services)[AGENT] = replace(staff_of(services)[AGENT], seat=SeatId("seat-2"))
    async with signed_in(services) as client:
        assert (await client.get("/")).headers["location"] == "/desk"


async def test_who_is_in_stays_in_while_sql_is_away(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    async with signed_in(services) as client:
        await services.on_staff.look()
        monkeypatch.setattr(services.staff, "posts", away)
        staff_of(services).clear()
        assert not await services.on_staff.look()
        assert (await client.get("/")).headers["location"] == "/desk"


@pytest.mark.parametrize("token", ["", "x", "0" * 10_000, "desk:{main}", "\x00"])
async def test_a_made_up_token_is_a_stranger(services: Services, token: str) -> None:
    async with visiting(create_app(services)) as client:
        response = await client.get("/", headers={"cookie": f"desk_session={token}"})
        assert response.headers["location"] == "/sign-in"


async def test_what_an_older_version_wrote_is_a_stranger(services: Services, redis: Redis) -> None:
    async with signed_in(services) as client:
        (key,) = await redis.keys("*web-session*")
        await redis.set(key, b'{"who": "agent"}')
        assert (await client.get("/")).headers["location"] == "/sign-in"


async def test_without_redis_nobody_is_taken_for_a_stranger(services: Services, tmp_path: Path) -> None:
    async with Redis.from_url(f"unix://{tmp_path}/none") as nowhere:
        lonely = services_for_tests(nowhere, tmp_path)
        async with visiting(create_app(lonely), cookie="desk_session=abc") as client:
            response = await client.get("/")
            assert response.status_code == 503
            assert "系统暂时不可用" in response.text
        async with visiting(create_app(lonely)) as client:
            assert (await client.get("/sign-in")).status_code == 200


# Throttling.


async def test_the_eleventh_wrong_password_waits(services: Services) -> None:
    async with visiting(create_app(services)) as client:
        answers = [await sign_in(client, "agent", "wrong") for _ in range(10)]
        assert {answer.status_code for answer in answers} == {401}
        late = await sign_in(client, "agent", PASSWORD)
    assert late.status_code == 429
    assert late.headers["retry-after"] == "300"
    assert complaint_on(late) == "登录失败次数过多，请 5 分钟后再试"


async def test_others_are_not_held_up_by_somebodys_failures(services: Services) -> None:
    app = create_app(services)
    async with visiting(app) as office, visiting(app, address="203.0.113.9") as home:
        for _ in range(11):
            await sign_in(office, "agent", "wrong")
        assert (await sign_in(office, "supervisor")).status_code == 303
        assert (await sign_in(home, "agent")).status_code == 303


async def test_thirty_attempts_at_once_get_no_further_than_in_a_row(services: Services) -> None:
    async with visiting(create_app(services)) as client:
        answers = await asyncio.gather(*(sign_in(client, "agent", f"guess {n}") for n in range(30)))
    assert sorted(answer.status_code for answer in answers) == [401] * 10 + [429] * 20


async def test_a_success_starts_the_count_anew(services: Services) -> None:
    async with visiting(create_app(services)) as client:
        for _ in range(2):
            for _ in range(9):
                await sign_in(client, "agent", "wrong")
            assert (await sign_in(client, "agent")).status_code == 303


async def test_a_shift_of_agents_signs_in_from_one_address(redis: Redis) -> None:
    throttle = Throttle(redis, "desk:{main}:", Limits(per_address=20))
    names = [f"agent{n}" for n in range(60)]
    await asyncio.gather(*(throttle.admit(name, "198.51.100.7") for name in names))
    await asyncio.gather(*(throttle.succeeded(name, "198.51.100.7") for name in names))
    assert await redis.keys("*") == []


async def test_an_address_that_tries_many_names_is_stopped(services: Services) -> None:
    async with visiting(create_app(services)) as client:
        answers = [(await sign_in(client, f"name{n}", "wrong")).status_code for n in range(102)]
    assert answers == [401] * 100 + [429] * 2


def test_one_address_is_what_one_customer_of_a_provider_has() -> None:
    assert network_of("198.51.100.7") == network_of("::ffff:198.51.100.7") == "198.51.100.7"
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2::9") == "2001:db8:1:2::"
    assert network_of("2001:db8:1:3::4") != network_of("2001:db8:1:2::4")
    assert network_of("unknown") == "unknown"


# Language.


async def test_the_page_speaks_what_the_browser_clearly_prefers(services: Services) -> None:
    async with visiting(create_app(services)) as client:
        assert "<h1>登录</h1>" in (await client.get("/sign-in")).text
        english = await client.get("/sign-in", headers={"accept-language": "en-US,en;q=0.9,zh-CN;q=0.8"})
        assert "<h1>Sign in</h1>" in english.text
        assert '<html lang="en">' in english.text


async def test_a_language_once_chosen_stays(services: Services) -> None:
    async with visiting(create_app(services)) as client:
        response = await client.get("/language?to=en&next=/sign-in")
        assert response.headers["location"] == "/sign-in"
        assert "<h1>Sign in</h1>" in (await client.get("/sign-in", headers={"accept-language": "zh"})).text
        await sign_in(client, "agent")
        identity = await services.web_sessions.find(client.cookies["desk_session"])
        assert identity
        assert identity.lang == "en"
        await client.get("/language?to=zh")
        identity = await services.web_sessions.find(client.cookies["desk_session"])
        assert identity
        assert identity.lang == "zh"


async def test_a_theme_once_chosen_stays(services: Services) -> None:
    async with visiting(create_app(services)) as client:
        assert 'media="(prefers-color-scheme: dark)"' in (await client.get("/sign-in")).text
        back = await client.get("/theme?to=dark", headers={"referer": "http://desk.test/sign-in?next=/x"})
        assert back.headers["location"] == "/sign-in?next=/x"
        assert 'data-theme="dark"' in (await client.get("/sign-in")).text
        await client.get("/theme?to=light")
        assert "dark.css" not in (await client.get("/sign-in")).text


async def test_preferences_lead_nowhere_else_and_know_no_other_values(services: Services) -> None:
    async with visiting(create_app(services)) as client:
        away = await client.get("/language?to=en&next=//evil.test", headers={"referer": "http://evil.test/"})
        assert away.headers["location"] == "/"
        assert (await client.get("/language?to=fr")).status_code == 400
        assert (await client.get("/theme?to=pink")).status_code == 400


async def test_only_the_demo_shows_its_users(redis: Redis, tmp_path: Path) -> None:
    async with visiting(create_app(services_for_tests(redis, tmp_path))) as client:
        assert 'data-fill="agent1"' in (await client.get("/sign-in")).text
    async with visiting(create_app(services_for_tests(redis, tmp_path, demo=False))) as client:
        assert "agent1" not in (await client.get("/sign-in")).text
