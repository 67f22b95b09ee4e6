"""The command line: `desk up`, each process alone, and what an operator needs once in a while."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import uvloop

from desk.bench.arguments import add_arguments as add_bench_arguments
from desk.channels.webchat.accounts import ACCENT, WebChatAccount
from desk.channels.wechat.accounts import WeChatAccount
from desk.config import Settings, SettingsError, load_settings
from desk.health import desk_version
from desk.log import set_up_logging
from desk.processes.running import ROLES, run
from desk.redis_binary import RedisUnavailableError
from desk.simulating.arguments import add_arguments as add_simulate_arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 when it did what it should.

    It is 2 when the command or a setting cannot be meant so, 1 when what it names is not to be had.
    """
    arguments = command_parser().parse_args(argv)
    try:
        settings = load_settings(**_given(arguments))
    except SettingsError as wrong:
        print(wrong, file=sys.stderr)
        return 2
    set_up_logging(settings.log_level, settings.log_format)
    try:
        return arguments.run(settings, arguments) or 0
    except (RedisUnavailableError, RuntimeError, ValueError, OSError) as failure:
        print(f"desk: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def command_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="desk", description=__doc__)
    parser.add_argument("--version", action="version", version=desk_version())
    commands = parser.add_subparsers(required=True, metavar="command")
    up = commands.add_parser("up", help="run everything in one process")
    up.add_argument("--demo", action="store_true", help="with demo users, customers and the WeChat simulator")
    up.set_defaults(run=_up)
    demo = commands.add_parser("demo", help="the same with --demo, brought to life: customers write, colleagues answer")
    demo.add_argument("--pace", type=float, dest="demo_pace", help="new customers a minute (4)")
    demo.set_defaults(run=_demo, demo=True)
    for role, words in _ROLE_WORDS.items():
        alone = commands.add_parser(role, help=words)
        alone.set_defaults(run=_alone, role=role)
    seed = commands.add_parser("seed", help="add what is missing of a file like those in seeds/")
    seed.add_argument("file", type=Path)
    seed.set_defaults(run=_seed)
    password = commands.add_parser("password", help="give somebody a new password, and end their sign-ins; asks for it")
    password.add_argument("user", help="their sign-in name")
    password.set_defaults(run=_password)
    account = commands.add_parser("account", help="connect an Official Account, or change one; asks for its secrets")
    account.add_argument("key", help="its name in the callback address")
    account.add_argument("--name", required=True, help="what people call it")
    account.add_argument("--app-id", required=True)
    account.add_argument("--original-id", default="", help="gh_…; checked against every push when given")
    account.add_argument(
        "--mode", choices=("plain", "compatible", "safe"), default="safe", help="as in its console (safe)"
    )
    account.add_argument("--group", required=True, help="the skill group that its customers go to")
    account.set_defaults(run=_account)
    reseal = commands.add_parser("reseal", help="encrypt stored account secrets anew, when SECRET_KEY was replaced")
    reseal.set_defaults(run=_reseal)
    chat = commands.add_parser("webchat", help="set up a chat for other sites' pages, or change one")
    chat.add_argument("key", help="its name in addresses")
    chat.add_argument("--name", required=True, help="what people call it")
    chat.add_argument("--group", required=True, help="the skill group that its visitors go to")
    chat.add_argument(
        "--origin", action="append", default=[], help="a site that may embed it, like https://www.example.com; repeat"
    )
    chat.add_argument("--title", default="", help="what stands above the chat (the name)")
    chat.add_argument("--title-en", default="", help="the same in English")
    chat.add_argument("--welcome", default="", help="what a visitor reads before they write")
    chat.add_argument("--welcome-en", default="", help="the same in English")
    chat.add_argument("--colour", default=ACCENT, help=f"of its button and bubbles ({ACCENT})")
    chat.set_defaults(run=_webchat)
    measure = commands.add_parser("bench", help="measure the desk on this machine")
    add_bench_arguments(measure)
    measure.set_defaults(run=_bench)
    simulate = commands.add_parser("simulate", help="try routing policies on a virtual clock")
    add_simulate_arguments(simulate)
    simulate.set_defaults(run=_simulate)
    return parser


_ROLE_WORDS = {
    "web": "serve pages, sockets and WeChat's pushes",
    "engine": "decide (a second one stands by)",
    "courier": "carry messages to WeChat and fetch media",
    "archivist": "carry the ledger into SQL",
}


def _given(arguments: argparse.Namespace) -> dict[str, Any]:
    """Settings that stand on the command line."""
    given = {name: getattr(arguments, name, None) for name in ("demo", "demo_pace")}
    return {name: value for name, value in given.items() if value}


def _up(settings: Settings, _arguments: argparse.Namespace) -> None:
    _say_where(settings)
    uvloop.run(run(settings, ROLES))


def _demo(settings: Settings, _arguments: argparse.Namespace) -> None:
    _say_where(settings)
    uvloop.run(run(settings, (*ROLES, "life")))


def _say_where(settings: Settings) -> None:
    if settings.demo:
        print(f"客服台    {settings.own_url}  (agent1 … agent30, supervisor, inspector, admin; 密码 demo)")
        print(f"模拟微信  {settings.own_url}/sim/phone")
        print(f"示例网站  {settings.own_url}/webchat/demo/web", flush=True)


def _alone(settings: Settings, arguments: argparse.Namespace) -> None:
    uvloop.run(run(settings, (arguments.role,)))


def _seed(settings: Settings, arguments: argparse.Namespace) -> None:
    administration = import_module("desk.administration")
    print(uvloop.run(administration.seed(settings, arguments.file)))


def _password(settings: Settings, arguments: argparse.Namespace) -> None:
    administration = import_module("desk.administration")
    print(uvloop.run(administration.change_password(settings, arguments.user)))


def _account(settings: Settings, arguments: argparse.Namespace) -> None:
    administration = import_module("desk.administration")
    account = WeChatAccount(
        key=arguments.key,
        name=arguments.name,
        app_id=arguments.app_id,
        app_secret=administration.ask("AppSecret"),
        token=administration.ask("Token"),
        aes_key=administration.ask("EncodingAESKey (empty in plain mode)"),
        original_id=arguments.original_id,
        mode=arguments.mode,
    )
    print(uvloop.run(administration.connect_account(settings, account, arguments.group)))


def _reseal(settings: Settings, _arguments: argparse.Namespace) -> None:
    administration = import_module("desk.administration")
    print(uvloop.run(administration.reseal(settings)))


def _webchat(settings: Settings, arguments: argparse.Namespace) -> None:
    administration = import_module("desk.administration")
    chat = WebChatAccount(
        key=arguments.key,
        name=arguments.name,
        origins=tuple(origin.lower().rstrip("/") for origin in arguments.origin),
        title=arguments.title,
        title_en=arguments.title_en,
        welcome=arguments.welcome,
        welcome_en=arguments.welcome_en,
        colour=arguments.colour.lower(),
    )
    print(uvloop.run(administration.set_up_web_chat(settings, chat, arguments.group)))


def _bench(_settings: Settings, arguments: argparse.Namespace) -> None:
    measuring = import_module("desk.bench.run")  # it needs everything; the processes do not need it
    print(measuring.show(uvloop.run(measuring.bench(arguments)), as_json=arguments.json))


def _simulate(settings: Settings, arguments: argparse.Namespace) -> None:
    simulating = import_module("desk.simulating.run")
    print(simulating.run(settings, arguments))


if __name__ == "__main__":
    sys.exit(main())
