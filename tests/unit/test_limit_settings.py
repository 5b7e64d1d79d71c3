"""The options that bound guessing and work: what they take, and what they become."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from facelogin import Profile, Settings
from facelogin.domain.errors import ConfigurationError

PRODUCTION = {
    "public_url": "https://login.example.org",
    "keyring_file": "ring.json",
    "notice_file": "en=notice.md",
    "required_assurance": "photo",
}


def development(**given: object) -> Settings:
    return Settings.load(Profile.DEVELOPMENT, _env_file=None, **given)


@pytest.mark.parametrize(
    ("given", "networks"),
    [
        ("none", ()),
        ("10.0.0.0/8", ("10.0.0.0/8",)),
        ("10.0.0.0/8, fd00::/8,127.0.0.1", ("10.0.0.0/8", "fd00::/8", "127.0.0.1/32")),
        ("::1", ("::1/128",)),
    ],
)
def test_trusted_proxies_are_networks(given: str, networks: tuple[str, ...]) -> None:
    assert development(trusted_proxies=given).trusted_proxies == tuple(map(ip_network, networks))


def test_no_proxy_is_trusted_unless_it_is_named() -> None:
    assert development().trusted_proxies == ()


@pytest.mark.parametrize("given", ["*", "proxy.example", "10.0.0.1/8", "10.0.0.0/33", "10.0.0"])
def test_what_is_no_network_is_refused_with_what_is_allowed(given: str) -> None:
    with pytest.raises(ConfigurationError, match=r"FACELOGIN_TRUSTED_PROXIES.*10\.0\.0\.0/8"):
        development(trusted_proxies=given)


def test_network_limits_are_a_hundred_times_wider_in_development_unless_set() -> None:
    production = Settings.load(Profile.PRODUCTION, _env_file=None, **PRODUCTION)
    for settings, factor in ((production, 1), (development(), 100)):
        assert settings.effective_network_failures == 60 * factor
        assert settings.effective_network_challenges == 120 * factor
        assert settings.effective_network_registrations == 5 * factor
        assert settings.effective_network_registration_checks == 30 * factor
    assert development(network_failures=7).effective_network_failures == 7


@pytest.mark.parametrize(("threads", "running", "waiting"), [(10, 2, 8), (2, 1, 1), (1, 1, 0)])
def test_face_work_that_would_hold_every_thread_is_refused(
    threads: int, running: int, waiting: int
) -> None:
    jobs = {"face_jobs_running": running, "face_jobs_waiting": waiting}
    with pytest.raises(ConfigurationError, match=r"FACELOGIN_THREADS.*more than"):
        development(threads=threads, **jobs)
    assert development(threads=threads + 1, **jobs).threads == threads + 1
