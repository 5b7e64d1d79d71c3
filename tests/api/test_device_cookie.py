"""The device cookie: who gets one, and whose guesses are counted apart for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apps import FakeApp, fake_app_with, person, refused
from facelogin.api.requester import Requesters
from facelogin.domain.requester import Device
from facelogin.stores.device_tokens import SignedDeviceTokens
from facelogin.stores.keyring import KeyRing, create_keyring
from facelogin.stores.keyring_edit import KeyRingEditor
from facelogin.stores.keyring_file import KeyState, Purpose

SECURE = {"public_url": "https://login.example.org"}
NAME = "facelogin-device"
FREE_FAILURES = 5
LASTS_S = 400 * 86_400


class Devices:
    """An application with really signed device cookies, ana's account in it, and its browsers."""

    def __init__(self, ring: KeyRing, **settings: object) -> None:
        self.ring = ring
        self.fake: FakeApp = fake_app_with(**settings)
        self.clock = self.fake.fakes.clock
        extension = "facelogin.requesters"
        plain: Requesters = self.fake.app.extensions[extension]
        self.tokens = self.tokens_of(ring)
        replace(plain, tokens=self.tokens).install(self.fake.app)
        self.recovery_code = self.fake.register().get_json()["recovery_codes"][0]
        self.fake.register("bob")

    def tokens_of(self, ring: KeyRing) -> SignedDeviceTokens:
        return SignedDeviceTokens(ring, self.clock, max_age=timedelta(seconds=LASTS_S))

    def browser(self, token: str | None = None) -> FlaskClient:
        """A new browser, which brings that device cookie or none."""
        client = self.fake.app.test_client()
        if token is not None:
            client.set_cookie(NAME, token)
        return client

    def known_token(self, username: str = "ana") -> str:
        """The device cookie of a browser that has signed in to that account."""
        browser = self.browser()
        assert login(browser, username).status_code == 200
        return token_in(browser)

    def lock_out_strangers(self, username: str = "ana") -> None:
        for _ in range(FREE_FAILURES):
            login(self.browser(), username, "eve")
        refused(login(self.browser(), username), 429, "too_many_attempts")


def login(client: FlaskClient, username: str = "ana", face: str | None = None) -> TestResponse:
    body = {"username": username, "image": person(face or username)}
    return client.post("/login", json=body)


def token_in(client: FlaskClient) -> str:
    cookie = client.get_cookie(NAME)
    assert cookie is not None
    return cookie.value


def device_cookie(response: TestResponse) -> tuple[str, dict[str, str]]:
    """The device cookie's name and attributes in an answer that sets one."""
    headers = response.headers.getlist("Set-Cookie")
    (header,) = [header for header in headers if "-device=" in header]
    (morsel,) = SimpleCookie(header).values()
    return morsel.key, {k: v for k, v in morsel.items() if v and k != "expires"}


def sets_device_cookie(response: TestResponse) -> bool:
    return any("-device=" in header for header in response.headers.getlist("Set-Cookie"))


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    create_keyring(tmp_path / "keys.json")
    return KeyRing.load(tmp_path / "keys.json")


@pytest.fixture
def devices(ring: KeyRing) -> Devices:
    return Devices(ring)


# --- who gets one -------------------------------------------------------------------------------


def test_over_https_only_this_host_can_set_it_and_no_script_reads_it() -> None:
    fake = fake_app_with(**SECURE)
    fake.register()
    name, attributes = device_cookie(fake.login())
    assert name == "__Host-facelogin-device"
    assert attributes == {
        "path": "/",
        "secure": True,
        "httponly": True,
        "samesite": "Lax",
        "max-age": str(LASTS_S),
    }


def test_a_login_by_face_makes_the_browser_known(devices: Devices) -> None:
    device = devices.tokens.read(devices.known_token())
    user = devices.fake.fakes.store.users.find_by_username("ana")
    assert device is not None
    assert user is not None
    assert device.user_ids == (user.user_id,)


def test_a_login_by_recovery_code_makes_the_browser_known(devices: Devices) -> None:
    browser = devices.browser()
    body = {"username": "ana", "recovery_code": devices.recovery_code}
    assert browser.post("/login/recovery", json=body).status_code == 200
    devices.lock_out_strangers()
    assert login(browser).status_code == 200


def test_registering_makes_the_browser_known(devices: Devices) -> None:
    assert sets_device_cookie(devices.fake.register("carl"))


def test_nothing_but_signing_in_gives_one(devices: Devices) -> None:
    assert not sets_device_cookie(devices.fake.register("carl", image="AAAA"))
    assert not sets_device_cookie(login(devices.browser(), face="eve"))
    assert not sets_device_cookie(login(devices.browser(), "nobody", "eve"))
    body = {"username": "ana", "recovery_code": "7M2K-QX9D-0V4T-HB6E"}
    assert not sets_device_cookie(devices.browser().post("/login/recovery", json=body))


def test_a_disabled_accounts_login_makes_nothing_known(devices: Devices) -> None:
    accounts = devices.fake.fakes.services.accounts
    ana = accounts.find("ana")
    assert ana is not None
    accounts.disable(ana)
    answer = login(devices.browser())
    refused(answer, 403, "account_disabled")
    assert not sets_device_cookie(answer)


def test_a_browser_of_two_people_is_one_device_known_to_both(devices: Devices) -> None:
    browser = devices.browser(devices.known_token())
    before = devices.tokens.read(token_in(browser))
    assert login(browser, "bob").status_code == 200
    after = devices.tokens.read(token_in(browser))
    assert before is not None
    assert after is not None
    assert (after.device_id, len(after.user_ids)) == (before.device_id, 2)


# --- what it is worth ---------------------------------------------------------------------------


def test_strangers_lock_out_strangers_and_never_the_owners_browser(devices: Devices) -> None:
    token = devices.known_token()
    devices.lock_out_strangers()
    assert login(devices.browser(token)).status_code == 200


def test_wrong_guesses_on_a_known_device_lock_that_device_only(devices: Devices) -> None:
    token, other = devices.known_token(), devices.known_token()
    for _ in range(FREE_FAILURES):
        refused(login(devices.browser(token), face="eve"), 401, "not_recognised")
    refused(login(devices.browser(token)), 429, "too_many_attempts")
    assert login(devices.browser(other)).status_code == 200
    assert login(devices.browser()).status_code == 200


def test_a_cookie_of_another_account_has_no_budget_of_its_own(devices: Devices) -> None:
    token = devices.known_token("bob")
    devices.lock_out_strangers()
    refused(login(devices.browser(token)), 429, "too_many_attempts")
    assert login(devices.browser(token), "bob").status_code == 200


def test_a_cookie_that_was_forged_has_no_budget_of_its_own(
    devices: Devices, tmp_path: Path
) -> None:
    ours = devices.known_token()
    device = devices.tokens.read(ours)
    assert device is not None
    create_keyring(tmp_path / "theirs.json")
    theirs = devices.tokens_of(KeyRing.load(tmp_path / "theirs.json")).issue(device)
    payload, moment, signature = ours.rsplit(".", 2)
    bobs = devices.known_token("bob").rsplit(".", 2)
    forged = [
        theirs,
        f"{payload}.{moment}.{theirs.rsplit('.', 1)[1]}",
        f"{payload}.{bobs[1]}.{bobs[2]}",
        f"{bobs[0]}.{moment}.{signature}",
        f"{payload}.{moment}",
        payload,
        device.device_id,
        "",
    ]
    devices.lock_out_strangers()
    for token in forged:
        refused(login(devices.browser(token)), 429, "too_many_attempts")
    assert login(devices.browser(ours)).status_code == 200


def test_two_device_cookies_that_differ_are_none(devices: Devices) -> None:
    token, other = devices.known_token(), devices.known_token()
    devices.lock_out_strangers()
    both = {"Cookie": f"{NAME}={token}; {NAME}={other}"}
    body = {"username": "ana", "image": person("ana")}
    plain = devices.fake.app.test_client(use_cookies=False)
    refused(plain.post("/login", json=body, headers=both), 429, "too_many_attempts")


def test_a_cookie_that_is_too_old_has_no_budget_of_its_own(devices: Devices) -> None:
    token = devices.known_token()
    devices.clock.moment += timedelta(seconds=LASTS_S - 60)
    devices.lock_out_strangers()
    assert login(devices.browser(token)).status_code == 200
    devices.clock.moment += timedelta(seconds=61)
    devices.lock_out_strangers()
    refused(login(devices.browser(token)), 429, "too_many_attempts")


def test_every_login_begins_the_time_of_the_cookie_anew(devices: Devices) -> None:
    browser = devices.browser(devices.known_token())
    devices.clock.moment += timedelta(seconds=LASTS_S - 60)
    assert login(browser).status_code == 200
    devices.clock.moment += timedelta(seconds=61)
    devices.lock_out_strangers()
    assert login(browser).status_code == 200


def test_a_new_key_for_devices_forgets_none_of_them(devices: Devices) -> None:
    token = devices.known_token()
    editor = KeyRingEditor(devices.ring, devices.clock)
    with editor.locked():
        editor.activate(editor.add(Purpose.DEVICE, state=KeyState.PENDING).kid)
        editor.finish_retiring(Purpose.DEVICE)
    devices.lock_out_strangers()
    browser = devices.browser(token)
    assert login(browser).status_code == 200
    assert token_in(browser) != token
    assert login(browser).status_code == 200


def test_a_planted_device_is_not_known_to_its_planter_after_the_victims_login(
    devices: Devices,
) -> None:
    """The attacker keeps a copy of the cookie that the victim's browser signed in with."""
    planted = devices.known_token("bob")
    victim = devices.browser(planted)
    assert login(victim).status_code == 200
    devices.lock_out_strangers()
    refused(login(devices.browser(planted), face="eve"), 429, "too_many_attempts")
    assert login(victim).status_code == 200


# --- forgetting ---------------------------------------------------------------------------------


def test_erasing_the_account_takes_it_out_of_the_cookie(devices: Devices) -> None:
    browser = devices.browser()
    assert login(browser).status_code == 200
    response = browser.delete("/account")
    assert response.status_code == 204
    assert browser.get_cookie(NAME) is None
    shared = devices.browser()
    assert login(shared, "bob").status_code == 200
    devices.fake.register("carl")
    assert login(shared, "carl").status_code == 200
    assert shared.delete("/account").status_code == 204
    bob = devices.fake.fakes.store.users.find_by_username("bob")
    left = devices.tokens.read(token_in(shared))
    assert bob is not None
    assert left is not None
    assert (left.user_ids, set(left.grants)) == ((bob.user_id,), {bob.user_id})


def test_a_cookie_of_an_erased_account_is_not_known_to_the_next_of_that_name(
    devices: Devices,
) -> None:
    stale = devices.known_token()
    browser = devices.browser()
    assert login(browser).status_code == 200
    assert browser.delete("/account").status_code == 204
    devices.fake.register()
    devices.lock_out_strangers()
    refused(login(devices.browser(stale)), 429, "too_many_attempts")


# --- how long it is known ------------------------------------------------------------------------


def is_known(devices: Devices, token: str, username: str = "ana") -> bool:
    """Whether that cookie has guesses apart from strangers', who have used theirs up."""
    devices.lock_out_strangers(username)
    known = login(devices.browser(token), username).status_code == 200
    devices.clock.moment += timedelta(days=40)  # strangers may begin anew
    return known


def sign_out_everywhere(browser: FlaskClient) -> TestResponse:
    return browser.delete("/account/sessions?including_this=true")


def sign_out_elsewhere(browser: FlaskClient) -> TestResponse:
    return browser.delete("/account/sessions")


def replace_face(browser: FlaskClient) -> TestResponse:
    return browser.post("/account/face", json={"image": person("ana")})


def renew_codes(browser: FlaskClient) -> TestResponse:
    return browser.post("/account/recovery-codes")


def test_an_account_knows_twenty_browsers_and_the_oldest_goes(devices: Devices) -> None:
    tokens = [devices.known_token() for _ in range(21)]
    assert [is_known(devices, token) for token in tokens[:3]] == [False, True, True]
    user = devices.fake.fakes.store.users.find_by_username("ana")
    assert user is not None
    assert len(user.devices.grants) == 20


def test_a_browser_that_signs_in_again_is_no_old_one(devices: Devices) -> None:
    daily = devices.known_token()
    for _ in range(40):
        devices.known_token()
        assert login(devices.browser(daily)).status_code == 200
    assert is_known(devices, daily)


@pytest.mark.parametrize(
    "what", [sign_out_everywhere, sign_out_elsewhere, replace_face, renew_codes]
)
def test_hoarded_cookies_are_void_after_it(
    devices: Devices, what: Callable[[FlaskClient], TestResponse]
) -> None:
    hoarded = [devices.known_token() for _ in range(4)]
    bobs = devices.known_token("bob")
    owner = devices.browser()
    assert login(owner).status_code == 200
    copied = token_in(owner)
    answer = what(owner)
    assert answer.status_code in {200, 201}, answer.get_json()
    assert sets_device_cookie(answer) == (what is not sign_out_everywhere)
    assert not any(is_known(devices, token) for token in (*hoarded, copied))
    assert is_known(devices, token_in(owner)) == (what is not sign_out_everywhere)
    assert is_known(devices, bobs, "bob")


def test_the_operators_new_codes_make_cookies_void(devices: Devices) -> None:
    hoarded, services = devices.known_token(), devices.fake.fakes.services
    ana = services.accounts.find("ana")
    assert ana is not None
    services.recovery.renew_for(ana)
    assert not is_known(devices, hoarded)


def test_a_copy_is_not_known_again_when_its_browser_is(devices: Devices) -> None:
    owner = devices.browser(devices.known_token())
    copied = token_in(owner)
    assert login(owner).status_code == 200
    assert sign_out_everywhere(owner).status_code == 200
    assert login(owner).status_code == 200
    assert not is_known(devices, copied)
    assert is_known(devices, token_in(owner))


def test_a_thief_of_a_session_makes_no_browser_known(devices: Devices) -> None:
    owner = devices.browser()
    assert login(owner).status_code == 200
    thief, session = devices.browser(), owner.get_cookie("facelogin")
    assert session is not None
    thief.set_cookie("facelogin", session.value)
    assert not sets_device_cookie(sign_out_elsewhere(thief))


def test_a_cookie_from_before_there_were_grants_is_good_until_one_is_taken_away(
    devices: Devices,
) -> None:
    user = devices.fake.fakes.store.users.find_by_username("ana")
    assert user is not None
    old = devices.tokens.issue(Device("old", (user.user_id,)))
    assert is_known(devices, old)
    owner = devices.browser(old)
    assert login(owner).status_code == 200
    assert is_known(devices, old)
    login(owner)
    assert replace_face(owner).status_code == 200
    assert not is_known(devices, old)
    assert is_known(devices, token_in(owner))
