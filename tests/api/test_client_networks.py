"""Limits of a network over HTTP: a forged address gains nothing and burdens nobody."""

from __future__ import annotations

from werkzeug.test import TestResponse

from apps import FakeApp, fake_app_with, person, refused

FAILURES = 3
PROXY, SECOND_PROXY = "10.0.0.1", "10.1.2.3"
ATTACKER, VICTIM = "203.0.113.66", "198.51.100.7"


def limited(**settings: object) -> FakeApp:
    return fake_app_with(network_failures=FAILURES, network_registrations=FAILURES, **settings)


def behind_proxies() -> FakeApp:
    return limited(trusted_proxies="10.0.0.0/8")


def guess(fake: FakeApp, peer: str, number: int = 0, *forwarded_for: str) -> TestResponse:
    """Show a face for a name of nobody's, each number another name."""
    return fake.app.test_client().post(
        "/login",
        json={"username": f"nobody{number}", "image": person("eve")},
        headers=[("X-Forwarded-For", value) for value in forwarded_for],
        environ_base={"REMOTE_ADDR": peer},
    )


def use_up(fake: FakeApp, peer: str, *forwarded_for: str) -> None:
    for number in range(FAILURES):
        refused(guess(fake, peer, number, *forwarded_for), 401, "not_recognised")


def test_a_forged_header_gains_no_budget() -> None:
    for fake in (limited(), behind_proxies()):
        use_up(fake, ATTACKER)
        for number, forged in enumerate(("192.0.2.1", PROXY, f"192.0.2.2, {PROXY}", "unknown", "")):
            answer = guess(fake, ATTACKER, number, forged)
            body = refused(answer, 429, "too_many_attempts")
            assert answer.headers["Retry-After"] == str(body["retry_after_s"])


def test_a_forged_header_burdens_nobody_else() -> None:
    fake = limited(trusted_proxies="10.0.0.0/8")
    for number in range(FAILURES * 3):
        guess(fake, ATTACKER, number, VICTIM)
    refused(guess(fake, VICTIM, 99), 401, "not_recognised")
    refused(guess(fake, PROXY, 99, VICTIM), 401, "not_recognised")


def test_without_trusted_proxies_none_is_believed() -> None:
    fake = limited()
    use_up(fake, PROXY, VICTIM)
    refused(guess(fake, PROXY, 9, "192.0.2.1"), 429, "too_many_attempts")
    refused(guess(fake, VICTIM, 9), 401, "not_recognised")


def test_through_trusted_proxies_each_client_has_a_budget_of_its_own() -> None:
    fake = behind_proxies()
    use_up(fake, PROXY, f"{ATTACKER}, {SECOND_PROXY}")
    refused(guess(fake, PROXY, 9, ATTACKER), 429, "too_many_attempts")
    refused(guess(fake, SECOND_PROXY, 9, ATTACKER), 429, "too_many_attempts")
    refused(guess(fake, PROXY, 9, VICTIM), 401, "not_recognised")


def test_what_a_client_writes_itself_is_not_the_last_hop() -> None:
    """A proxy appends whom it heard, so a client's own words stand before that."""
    fake = behind_proxies()
    for number in range(FAILURES):
        guess(fake, PROXY, number, f"192.0.2.{number}, {ATTACKER}")
    refused(guess(fake, PROXY, 9, f"192.0.2.9, {ATTACKER}"), 429, "too_many_attempts")
    refused(guess(fake, PROXY, 9, f"{VICTIM}, {ATTACKER}"), 429, "too_many_attempts")
    refused(guess(fake, PROXY, 9, VICTIM), 401, "not_recognised")


def test_a_header_that_comes_twice_is_one_list() -> None:
    fake = behind_proxies()
    use_up(fake, PROXY, "192.0.2.1", ATTACKER)
    refused(guess(fake, PROXY, 9, "192.0.2.2", ATTACKER), 429, "too_many_attempts")
    refused(guess(fake, PROXY, 9, ATTACKER, VICTIM), 401, "not_recognised")


def test_an_ipv6_client_has_one_budget_for_its_network() -> None:
    fake = behind_proxies()
    for number in range(FAILURES):
        guess(fake, PROXY, number, f"2001:db8:1:2::{number + 1}")
    refused(guess(fake, PROXY, 9, "2001:db8:1:2:ffff::9"), 429, "too_many_attempts")
    refused(guess(fake, PROXY, 9, "2001:db8:1:3::1"), 401, "not_recognised")


def test_an_ipv4_address_is_one_network_in_both_spellings() -> None:
    fake = limited()
    use_up(fake, f"::ffff:{ATTACKER}")
    refused(guess(fake, ATTACKER, 9), 429, "too_many_attempts")


def test_registrations_are_counted_by_the_same_network() -> None:
    fake = behind_proxies()

    def register(number: int, forwarded_for: str) -> TestResponse:
        return fake.app.test_client().post(
            "/register",
            json={
                "username": f"person{number}",
                "email": f"person{number}@example.org",
                "image": person(str(number)),
            },
            headers={"X-Forwarded-For": forwarded_for},
            environ_base={"REMOTE_ADDR": PROXY},
        )

    for number in range(FAILURES):
        assert register(number, f"192.0.2.{number}, {ATTACKER}").status_code == 201
    refused(register(7, ATTACKER), 429, "too_many_attempts")
    assert register(8, VICTIM).status_code == 201


def test_other_headers_of_proxies_are_read_from_nobody() -> None:
    fake = behind_proxies()
    use_up(fake, PROXY, ATTACKER)
    for name in ("X-Real-IP", "Forwarded", "X-Client-IP", "CF-Connecting-IP", "True-Client-IP"):
        answer = fake.app.test_client().post(
            "/login",
            json={"username": "nobody9", "image": person("eve")},
            headers={name: "192.0.2.1", "X-Forwarded-For": ATTACKER},
            environ_base={"REMOTE_ADDR": PROXY},
        )
        refused(answer, 429, "too_many_attempts")
