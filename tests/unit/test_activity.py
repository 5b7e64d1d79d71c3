"""What a person sees of the audit log, and that every deed gets there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from audit_rows import KEYS, all_events, an_event
from doubles import SOMEBODY, ClearSealer, Fakes, fake_services
from facelogin.domain.audit import AuditEvent, chain_row
from facelogin.domain.errors import NotRecognised, SealError, UnknownKey
from facelogin.domain.models import SealedTemplate, Template, User
from facelogin.domain.policy import Assurance
from facelogin.domain.requester import Device, Requester
from facelogin.services.audit import Action, Outcome
from facelogin.services.enrol import Application
from facelogin.services.sessions import Issued, SignedIn
from facelogin.settings import Settings

LAPTOP = replace(SOMEBODY, device=Device("laptop", ()))
PHONE = replace(SOMEBODY, device=Device("phone", ()))
ANA = b"person:ana"


@pytest.fixture
def fakes() -> Fakes:
    return fake_services(Settings(_env_file=None))


def register(fakes: Fakes, name: str) -> User:
    application = Application(name, f"{name}@example.org")
    return fakes.services.enrol.register(application, [f"person:{name}".encode()], SOMEBODY).user


@pytest.fixture
def ana(fakes: Fakes) -> User:
    return register(fakes, "ana")


def issue(fakes: Fakes, user: User) -> Issued:
    return fakes.services.sessions.issue(user, amr=("face",), assurance=Assurance.PHOTO)


def last_event(fakes: Fakes) -> AuditEvent:
    return max(all_events(fakes.store), key=lambda event: event.at)


def record(fakes: Fakes, user: User, requester: Requester = SOMEBODY, **more: str) -> None:
    fakes.clock.moment += timedelta(seconds=1)
    fakes.services.audit.record(
        Action.LOGIN, Outcome.REFUSED, requester, user_id=user.user_id, **more
    )


# --- what is shown ------------------------------------------------------------------------------


def test_people_see_what_concerns_them_and_nobody_else(fakes: Fakes, ana: User) -> None:
    bob = register(fakes, "bob")
    record(fakes, ana, factor="face", reason="not_recognised")
    record(fakes, bob)
    seen = fakes.services.activity.recent(ana, SOMEBODY)
    assert [(one.deed.action, one.deed.outcome) for one in seen] == [
        (Action.LOGIN, Outcome.REFUSED),
        (Action.REGISTER, Outcome.OK),
    ]
    assert (seen[0].deed.factor, seen[0].deed.reason) == ("face", "not_recognised")
    assert seen[0].deed.at - seen[1].deed.at == timedelta(seconds=1)


def test_the_last_hundred_are_shown_and_all_can_be_exported(fakes: Fakes, ana: User) -> None:
    for _ in range(119):
        record(fakes, ana)
    seen = fakes.services.activity.recent(ana, SOMEBODY)
    exported = list(fakes.services.activity.all_rows_of(ana))
    registered = exported[-1]
    assert (len(seen), len(exported)) == (101, 120)
    assert [one.deed for one in seen] == [*exported[:100], registered]
    assert exported == sorted(exported, key=lambda deed: deed.at, reverse=True)


def test_no_kind_hides_another(fakes: Fakes, ana: User) -> None:
    """An intrusion stays in sight, first, however often routine or failures follow it."""
    fakes.services.audit.record(Action.LOGIN, Outcome.OK, PHONE, user_id=ana.user_id)
    for action, outcome in [
        (Action.CONSENT, Outcome.OK),
        (Action.LOGOUT, Outcome.OK),
        (Action.LOGIN, Outcome.REFUSED),
    ]:
        for _ in range(150):
            fakes.clock.moment += timedelta(seconds=1)
            fakes.services.audit.record(action, outcome, SOMEBODY, user_id=ana.user_id)
    seen = [one.deed for one in fakes.services.activity.recent(ana, SOMEBODY)]
    kinds = [(one.action, one.outcome) for one in seen]
    assert kinds.count((Action.LOGIN, Outcome.OK)) == 1
    assert kinds.count((Action.LOGIN, Outcome.REFUSED)) == 100
    assert [one.routine for one in seen] == [False] * 102 + [True] * 20


def test_an_export_is_read_page_by_page(
    fakes: Fakes, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facelogin.services.activity._PAGE", 2)
    for _ in range(4):
        record(fakes, ana)
    assert len(list(fakes.services.activity.all_rows_of(ana))) == 5


def test_it_tells_which_deeds_were_done_with_the_device_that_asks(fakes: Fakes, ana: User) -> None:
    for requester in (PHONE, LAPTOP, SOMEBODY):
        record(fakes, ana, requester)

    def told(requester: Requester) -> list[bool]:
        return [one.this_device for one in fakes.services.activity.recent(ana, requester)]

    assert told(LAPTOP) == [False, True, False, False]
    assert told(PHONE) == [False, False, True, False]
    assert told(SOMEBODY) == [False] * 4


def test_only_reasons_that_clients_know_are_shown(fakes: Fakes, ana: User) -> None:
    record(fakes, ana, reason="seal_broken")
    record(fakes, ana, reason="too_many_attempts")
    reasons = [one.deed.reason for one in fakes.services.activity.recent(ana, SOMEBODY)]
    assert reasons == ["too_many_attempts", None, None]


@pytest.mark.parametrize(("field", "unknown"), [("action", "dance"), ("outcome", "perhaps")])
def test_a_record_that_this_version_does_not_know_is_left_out(
    fakes: Fakes, ana: User, field: str, unknown: str
) -> None:
    event = an_event(0, **{field: unknown}, subject=f"subject:{ana.user_id}")
    fakes.store.audit.append(chain_row(event, lane="x", before=None, after=0, key=KEYS.active()))
    assert len(fakes.services.activity.recent(ana, SOMEBODY)) == 1


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"action":1,"outcome":"ok"}'])
def test_a_record_that_was_made_unreadable_is_left_out(fakes: Fakes, ana: User, body: str) -> None:
    event = replace(an_event(), subject=f"subject:{ana.user_id}")
    row = chain_row(event, lane="x", before=None, after=0, key=KEYS.active())
    fakes.store.audit.append(replace(row, body=body))
    assert len(fakes.services.activity.recent(ana, SOMEBODY)) == 1


# --- what is recorded ---------------------------------------------------------------------------


def test_signing_out_is_recorded_once(fakes: Fakes, ana: User) -> None:
    token = issue(fakes, ana).token
    before = len(all_events(fakes.store))
    for given in (token, token, "guess", "", None):
        fakes.services.sessions.sign_out(given, LAPTOP)
    (event,) = all_events(fakes.store)[before:]
    assert (event.action, event.outcome) == ("logout", "ok")
    assert (event.subject, event.device) == (f"subject:{ana.user_id}", "device:laptop")


def test_ending_a_session_elsewhere_is_recorded(fakes: Fakes, ana: User) -> None:
    fakes.services.sessions.end(ana, issue(fakes, ana).session.session_id, LAPTOP)
    events = all_events(fakes.store)
    assert [event.action for event in events].count("end_session") == 1


def test_ending_the_others_is_recorded_where_there_were_any(fakes: Fakes, ana: User) -> None:
    mine = SignedIn(session=issue(fakes, ana).session, user=ana)
    for others in (0, 2):
        for _ in range(others):
            issue(fakes, ana)
        fakes.services.sessions.end_others(mine, LAPTOP)
    actions = [event.action for event in all_events(fakes.store)]
    assert actions.count("end_session") == 1


class BrokenSealer(ClearSealer):
    """Opens nothing."""

    def __init__(self, error: type[SealError]) -> None:
        self._error = error

    def unseal(self, sealed: SealedTemplate, *, user_id: str) -> Template:
        raise self._error


@pytest.mark.parametrize(
    ("error", "reason"), [(SealError, "seal_broken"), (UnknownKey, "unknown_key")]
)
def test_a_template_that_can_not_be_opened_is_refused_and_recorded(
    fakes: Fakes, ana: User, error: type[SealError], reason: str
) -> None:
    fakes.services.login._comparer._sealer = BrokenSealer(error)
    with pytest.raises(NotRecognised):
        fakes.services.login.login("ana", [ANA], LAPTOP)
    refused = [e for e in all_events(fakes.store) if e.action == "template_refused"]
    assert [(e.outcome, e.reason, e.subject, e.device) for e in refused] == [
        ("refused", reason, f"subject:{ana.user_id}", "device:laptop")
    ]
    with pytest.raises(NotRecognised):
        fakes.services.login.login("nobody", [ANA], LAPTOP)
    recorded = [e.action for e in all_events(fakes.store)]
    assert recorded.count("template_refused") == 1  # the decoy is nobody's template
