"""What holds for every page and every form of the settings."""

import re

import httpx2
import pytest

from desk.pages.admin.group_fields import FIELDS as GROUP_FIELDS
from desk.pages.admin.rule_fields import FIELDS as RULE_FIELDS
from desk.pages.admin.words import KINDS
from desk.services import Services
from desk.store.ranges import GROUP_RANGES, RULE_RANGES
from sessions.notices import DEFAULT_TEXTS
from sessions.settings import Dispositions, Group, Ladder, Manners, Rings, Rules, Satisfaction, Step
from tests.integration.admin.pages import FORMS, PAGES, history_of, opened, said, send, site_of

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_page_is_there_in_both_languages(admin: httpx2.AsyncClient, language: str) -> None:
    await admin.get(f"/language?to={language}")
    for path in PAGES:
        page = await admin.get(path)
        assert page.status_code == 200, path
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", page.text), path


async def test_every_field_has_a_label(admin: httpx2.AsyncClient) -> None:
    for path in PAGES:
        page = (await admin.get(path)).text
        labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', page))
        for field in re.findall(r"<(?:input|select|textarea)\b[^>]*>", page):
            if 'type="hidden"' in field or "aria-label" in field or 'type="checkbox"' in field:
                continue
            found = re.search(r' id="([^"]+)"', field)
            assert found, f"{path}: {field}"
            assert found[1] in labelled, f"{path}: {field}"


@pytest.mark.parametrize("path", FORMS)
async def test_a_form_that_nobody_touched_changes_nothing(
    services: Services, admin: httpx2.AsyncClient, path: str
) -> None:
    before, lines = await site_of(services), await history_of(services)
    form = await opened(admin, path)
    saved = await send(admin, form.action or path, form.fields)
    assert saved.status_code == 303, said(saved)
    assert await site_of(services) == before
    assert await history_of(services) == lines


@pytest.mark.parametrize("path", FORMS)
async def test_a_field_that_is_none_of_ours_is_refused(
    services: Services, admin: httpx2.AsyncClient, path: str
) -> None:
    before = await site_of(services)
    form = await opened(admin, path)
    refused = await send(admin, form.action or path, {**form.fields, "hard_cap": ["99"]})
    assert refused.status_code == 400
    assert "无法识别" in refused.text
    assert await site_of(services) == before


def test_every_setting_is_on_a_form() -> None:
    asked = {field.name for field in GROUP_FIELDS}
    nested = {
        "rings": Rings,
        "ladder": Ladder,
        "manners": Manners,
        "satisfaction": Satisfaction,
        "dispositions": Dispositions,
    }
    wanted = set(Group.__struct_fields__) - {"id", *nested}
    wanted |= {f"{name}.{each}" for name, kind in nested.items() for each in kind.__struct_fields__}
    steps = {"ladder.remind", "ladder.park", "ladder.soft_end"}
    wanted = (wanted - steps) | {f"{step}.{each}" for step in steps for each in Step.__struct_fields__}
    assert asked == wanted
    assert {field.name for field in RULE_FIELDS} == set(Rules.__struct_fields__) == set(RULE_RANGES)
    assert {field.name for field in GROUP_FIELDS if field.kind == "number"} == set(GROUP_RANGES)
    assert set(DEFAULT_TEXTS) == set(KINDS)
