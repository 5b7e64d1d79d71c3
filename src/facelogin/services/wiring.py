"""The services of one application, put together from its adapters and its rules."""

from __future__ import annotations

from dataclasses import dataclass, field

from facelogin.domain.notice import Notice
from facelogin.domain.policy import CapturePolicy, RegistrationPolicy, SessionPolicy
from facelogin.domain.ports import Clock, FaceEngine, Sealer, Store
from facelogin.services.accounts import Accounts
from facelogin.services.capture import CaptureReader
from facelogin.services.comparison import TemplateComparer
from facelogin.services.enrol import Enrol
from facelogin.services.login import Login
from facelogin.services.profiles import Profiles
from facelogin.services.reenrol import Reenrol
from facelogin.services.sessions import Sessions
from facelogin.services.step_up import StepUp


@dataclass(frozen=True, slots=True)
class Adapters:
    """What stands at the ports."""

    store: Store
    engine: FaceEngine
    sealer: Sealer
    clock: Clock


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings demand. A login needs the assurance that a registration needs."""

    registration: RegistrationPolicy
    session: SessionPolicy = field(default_factory=SessionPolicy)
    capture: CapturePolicy = field(default_factory=CapturePolicy)


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that an entrance (HTTP, command line) may call."""

    enrol: Enrol
    login: Login
    sessions: Sessions
    step_up: StepUp
    profiles: Profiles
    reenrol: Reenrol
    accounts: Accounts
    store: Store
    engine: FaceEngine
    notice: Notice


def wire(adapters: Adapters, rules: Rules, notice: Notice) -> Services:
    """Return the services on these adapters, under these rules."""
    store, engine, sealer, clock = adapters.store, adapters.engine, adapters.sealer, adapters.clock
    users, assurance = store.users, rules.registration.required_assurance
    reader = CaptureReader(engine, rules.capture)
    comparer = TemplateComparer(engine=engine, sealer=sealer)
    sessions = Sessions(store=store.sessions, users=users, policy=rules.session, clock=clock)
    return Services(
        enrol=Enrol(
            users=users,
            engine=engine,
            reader=reader,
            sealer=sealer,
            policy=rules.registration,
            clock=clock,
        ),
        login=Login(
            users=users,
            engine=engine,
            reader=reader,
            sealer=sealer,
            required_assurance=assurance,
            clock=clock,
        ),
        sessions=sessions,
        step_up=StepUp(
            sessions=sessions, reader=reader, comparer=comparer, required_assurance=assurance
        ),
        profiles=Profiles(users=users),
        reenrol=Reenrol(
            users=users,
            sessions=sessions,
            engine=engine,
            reader=reader,
            sealer=sealer,
            required_assurance=assurance,
            clock=clock,
        ),
        accounts=Accounts(users=users, sessions=store.sessions, clock=clock),
        store=store,
        engine=engine,
        notice=notice,
    )
