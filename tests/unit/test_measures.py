"""Measures: what stands at the ports is timed, and measuring never gets in anybody's way."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps import FakeApp, fake_app_with, person
from doubles import FakeEngine, MemoryStore
from facelogin import Settings
from facelogin.domain import measures
from facelogin.domain.errors import ConfigurationError, ImageUnreadable, StoreUnavailable
from facelogin.metrics.prometheus import PrometheusMeasures
from facelogin.metrics.timed_ports import timed_engine, timed_store
from facelogin.settings import masked

TOKEN = "t" * 32


class Noted:
    """Measures that remember."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, ...]] = []

    def count(self, what: measures.Count, *labels: str) -> None:
        self.seen.append((what.name, *labels))

    def observe(self, what: measures.Duration, seconds: float, *labels: str) -> None:
        assert seconds >= 0
        self.seen.append((what.name, *labels))

    def change(self, what: measures.Level, by: int, *labels: str) -> None:
        self.seen.append((what.name, str(by), *labels))

    def tell(self, what: measures.Figure, value: float, *labels: str) -> None:
        self.seen.append((what.name, str(value), *labels))


def test_looking_and_embedding_are_timed_whatever_comes_of_them() -> None:
    noted = Noted()
    engine = timed_engine(FakeEngine(), noted)
    observation = engine.observe(b"person:ana")
    engine.embed(observation, observation.faces[0])
    with pytest.raises(ImageUnreadable):
        engine.observe(b"?")
    assert [labels for _, *labels in noted.seen] == [["detect"], ["embed"], ["detect"]]
    assert engine.ref == FakeEngine.ref
    assert engine.min_sharpness == FakeEngine.min_sharpness


def test_every_call_on_a_part_of_the_store_is_timed() -> None:
    noted, inner = Noted(), MemoryStore()
    store = timed_store(inner, noted)
    assert store.describe() == "memory"
    assert noted.seen == []
    assert store.users.count() == 0
    assert store.sessions.list_for("nobody") == []
    assert store.budgets.find("nothing") is None
    inner.switch.down = True
    with pytest.raises(StoreUnavailable):
        store.users.count()
    assert noted.seen == [("facelogin_stage_seconds", "store")] * 4
    assert store.users is store.users


def test_a_request_tells_its_route_its_outcome_and_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted = Noted()
    monkeypatch.setattr(measures.NoMeasures, "count", lambda _, *given: noted.count(*given))
    fake = fake_app_with()
    fake.register()
    fake.login()
    fake.login(image=person("eve"))
    fake.client.post("/session/step-up", json={"image": person()})
    fake.client.get("/people/ana@example.org")
    outcomes = [
        one for one in noted.seen if one[0] not in {"facelogin_http_requests", "facelogin_refusals"}
    ]
    assert outcomes == [
        ("facelogin_registrations", "ok"),
        ("facelogin_logins", "face", "ok"),
        ("facelogin_logins", "face", "not_recognised"),
        ("facelogin_step_ups", "ok"),
    ]
    assert ("facelogin_http_requests", "GET", "unmatched", "404") in noted.seen
    assert ("facelogin_refusals", "not_found") in noted.seen
    assert "ana" not in str(noted.seen)


def test_a_process_of_its_own_tells_its_own_numbers() -> None:
    kept = PrometheusMeasures({"version": "1"})
    kept.count(measures.LOGINS, "face", "ok")
    kept.observe(measures.STAGE_SECONDS, 0.02, "embed")
    kept.change(measures.FACE_JOBS, 2, "waiting")
    kept.change(measures.FACE_JOBS, -1, "waiting")
    lines = kept.exposition().decode().splitlines()
    assert 'facelogin_logins_total{factor="face",outcome="ok"} 1.0' in lines
    assert 'facelogin_stage_seconds_bucket{le="0.025",stage="embed"} 1.0' in lines
    assert 'facelogin_face_jobs{state="waiting"} 1.0' in lines
    assert 'facelogin_build_info{version="1"} 1.0' in lines


def test_a_folder_that_takes_nothing_more_stops_no_request(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kept = PrometheusMeasures({"version": "1"})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for metrics in (kept._counters, kept._histograms, kept._gauges):
        for metric in metrics.values():
            monkeypatch.setattr(metric, "labels", full)
    kept.count(measures.LOGINS, "face", "ok")
    kept.observe(measures.STAGE_SECONDS, 1, "embed")
    kept.change(measures.FACE_JOBS, 1, "running")
    assert [record.getMessage() for record in caplog.records] == ["measures can't be kept"]


def test_every_measure_has_a_name_and_help_of_its_own() -> None:
    names = [what.name for what in measures.ALL]
    assert len(set(names)) == len(names)
    assert all(what.help.endswith(".") for what in measures.ALL)


# --- who may see them -----------------------------------------------------------------------------


def app_with(token: str | None) -> FakeApp:
    from facelogin.api.app import create_app

    settings = Settings(_env_file=None, metrics_token=token)
    fake = fake_app_with(metrics_token=token)
    app = create_app(fake.fakes.services, settings, exposition=lambda: b"numbers\n")
    return FakeApp(app=app, client=app.test_client(), fakes=fake.fakes)


@pytest.mark.parametrize(
    "header", [None, "", "Bearer ", f"Bearer {TOKEN} ", f"Bearer {TOKEN}\xff", f"Token {TOKEN}"]
)
def test_without_the_token_the_page_is_not_there(header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = app_with(TOKEN).client.get("/metrics", headers=headers)
    missing = app_with(TOKEN).client.get("/nowhere")
    assert answer.status_code == missing.status_code == 404
    assert {k: v for k, v in answer.get_json().items() if k != "request_id"} == {
        k: v for k, v in missing.get_json().items() if k != "request_id"
    }


def test_with_the_token_it_is() -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = app_with(TOKEN).client.get("/metrics", headers=headers)
    assert (answer.status_code, answer.data) == (200, b"numbers\n")
    assert answer.headers["Cache-Control"] == "no-store"
    assert app_with(None).client.get("/metrics", headers=headers).status_code == 404


def test_the_token_is_a_secret_of_some_length(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FACELOGIN_METRICS_TOKEN", "short")
    with pytest.raises(ConfigurationError) as refused:
        Settings.load(_env_file=None)
    assert "FACELOGIN_METRICS_TOKEN: got (hidden)" in str(refused.value)
    assert "short" not in str(refused.value).replace("should", "")
    monkeypatch.delenv("FACELOGIN_METRICS_TOKEN")
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    monkeypatch.setenv("FACELOGIN_METRICS_TOKEN_FILE", str(tmp_path / "token"))
    settings = Settings.load(_env_file=None)
    assert settings.metrics_token == TOKEN
    assert TOKEN not in repr(settings)
    assert masked(settings)["FACELOGIN_METRICS_TOKEN"] == "(set)"
    assert TOKEN not in str(masked(settings))
