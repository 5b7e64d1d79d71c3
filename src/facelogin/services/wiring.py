"""The services of one application, put together from its adapters and its rules."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from facelogin.domain.calibration import TARGET_FMR
from facelogin.domain.challenge import Draw
from facelogin.domain.flash import DrawColour
from facelogin.domain.identification import NO_GALLERY, IdentificationPolicy
from facelogin.domain.liveness_policy import LivenessPolicy
from facelogin.domain.measures import NO_MEASURES
from facelogin.domain.notice import Notice
from facelogin.domain.pad import NO_DETECTOR, PadPolicy
from facelogin.domain.policy import (
    CapturePolicy,
    EngineMovePolicy,
    RegistrationPolicy,
    SessionPolicy,
    WorkPolicy,
)
from facelogin.domain.ports import (
    AuditKeys,
    ChallengeBox,
    Clock,
    CodeHasher,
    DeviceTokens,
    FaceEngine,
    Gallery,
    KeyStates,
    Later,
    Measures,
    PresentationAttackDetector,
    Pseudonyms,
    Sealer,
    Store,
)
from facelogin.domain.throttle import ThrottlePolicy
from facelogin.domain.work_budget import WorkBudgetPolicy
from facelogin.services.accounts import Accounts
from facelogin.services.activity import Activity
from facelogin.services.audit import Action, Audit
from facelogin.services.audit_log import AuditLog
from facelogin.services.audit_rotation import AuditRotation
from facelogin.services.capture import CaptureReader
from facelogin.services.challenges import Challenges
from facelogin.services.comparison import TemplateComparer
from facelogin.services.consents import Consents
from facelogin.services.counters import Counters
from facelogin.services.decoy import Decoy
from facelogin.services.duplicates import Duplicates
from facelogin.services.engine_move import EngineMove
from facelogin.services.engine_use import EngineUse
from facelogin.services.enrol import Enrol
from facelogin.services.erasure import Erasure
from facelogin.services.export import Exports
from facelogin.services.face_work import FaceWork
from facelogin.services.factor_audit import FactorAudit
from facelogin.services.first_sign_in import FirstSignIn
from facelogin.services.identify import Identify
from facelogin.services.intake import Intake
from facelogin.services.invites import Invites
from facelogin.services.kept_orders import KeptOrders
from facelogin.services.key_binding import KeyBinding
from facelogin.services.known_devices import DeviceTrust
from facelogin.services.live_capture import LiveCapture
from facelogin.services.live_opinions import FlashStep, Opinions, PassiveOpinion
from facelogin.services.live_steps import LiveSteps
from facelogin.services.locks import Locks
from facelogin.services.login import Login
from facelogin.services.new_template import TemplateMaker
from facelogin.services.presence import Presence
from facelogin.services.profiles import Profiles
from facelogin.services.readiness import Readiness
from facelogin.services.recovery import Recovery
from facelogin.services.reenrol import Reenrol
from facelogin.services.retention import Retention
from facelogin.services.sessions import Sessions
from facelogin.services.sign_in_consent import SignInConsent
from facelogin.services.step_up import StepUp
from facelogin.services.template_figures import TemplateFigures
from facelogin.services.throttle import Factor, Throttle
from facelogin.services.work_budget import WorkBudget


@dataclass(frozen=True, slots=True)
class Adapters:
    """What stands at the ports."""

    store: Store
    engine: FaceEngine
    sealer: Sealer
    pseudonyms: Pseudonyms
    devices: DeviceTokens
    challenge_box: ChallengeBox
    keys: KeyStates
    audit_keys: AuditKeys
    clock: Clock
    later: Later
    code_hasher: CodeHasher
    draw: Draw = secrets.choice
    draw_colour: DrawColour = secrets.choice
    detector: PresentationAttackDetector = NO_DETECTOR
    gallery: Gallery = NO_GALLERY
    measures: Measures = NO_MEASURES
    cpu_s: Callable[[], float] = time.thread_time
    """How long the calling thread has computed, or had computed for it."""
    binding: KeyBinding | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings demand. A login needs the assurance that a registration needs."""

    registration: RegistrationPolicy
    session: SessionPolicy = field(default_factory=SessionPolicy)
    capture: CapturePolicy = field(default_factory=CapturePolicy)
    liveness: LivenessPolicy = field(default_factory=LivenessPolicy)
    target_fmr: float = TARGET_FMR
    identification: IdentificationPolicy = field(default_factory=IdentificationPolicy)
    flash: bool = False
    pad: PadPolicy = field(default_factory=PadPolicy)
    throttle: ThrottlePolicy = field(default_factory=ThrottlePolicy)
    work: WorkPolicy = field(default_factory=WorkPolicy)
    work_budget: WorkBudgetPolicy = field(default_factory=WorkBudgetPolicy)
    keep_unused: timedelta = timedelta(days=1095)
    engine_move: EngineMovePolicy = EngineMovePolicy.KNOWN_DEVICES
    address: str | None = None
    """The origin at which people reach this process, if it is known."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that an entrance (HTTP, command line) may call."""

    enrol: Enrol
    first_sign_in: FirstSignIn
    login: Login
    identify: Identify
    duplicates: Duplicates
    live_capture: LiveCapture
    live_steps: LiveSteps
    intake: Intake
    recovery: Recovery
    invites: Invites
    sessions: Sessions
    step_up: StepUp
    profiles: Profiles
    reenrol: Reenrol
    consents: Consents
    sign_in_consent: SignInConsent
    exports: Exports
    erasure: Erasure
    retention: Retention
    accounts: Accounts
    engine_use: EngineUse
    template_figures: TemplateFigures
    throttle: Throttle
    audit: Audit
    activity: Activity
    audit_log: AuditLog
    audit_rotation: AuditRotation
    devices: DeviceTokens
    device_trust: DeviceTrust
    presence: Presence
    readiness: Readiness
    locks: Locks
    store: Store
    engine: FaceEngine
    detector: PresentationAttackDetector
    gallery: Gallery
    notice: Notice
    measures: Measures

    def close(self) -> None:
        """End what these services began in this process: gallery, audit log's lane, connections."""
        self.gallery.stop()
        self.audit.close()
        self.store.close()


def wire(adapters: Adapters, rules: Rules, notice: Notice) -> Services:
    """Return the services on these adapters, under these rules."""
    store, engine, sealer, clock = adapters.store, adapters.engine, adapters.sealer, adapters.clock
    users, assurance = store.users, rules.registration.required_assurance
    audit = _audit(adapters)
    throttle = Throttle(
        budgets=store.budgets,
        pseudonyms=adapters.pseudonyms,
        policy=rules.throttle,
        audit=audit,
        clock=clock,
    )
    work = _face_work(adapters, rules, audit)
    reader = CaptureReader(engine, rules.capture, work)
    comparer = TemplateComparer(
        engine=engine,
        sealer=sealer,
        audit=audit,
        target_fmr=rules.target_fmr,
        measures=adapters.measures,
    )
    decoy = Decoy(engine=engine, sealer=sealer, comparer=comparer, clock=clock)
    sessions = Sessions(
        store=store.sessions, users=users, policy=rules.session, audit=audit, clock=clock
    )
    templates = TemplateMaker(engine=engine, reader=reader, sealer=sealer, clock=clock)
    hasher = adapters.code_hasher
    challenges = Challenges(
        store=store.challenges, box=adapters.challenge_box, clock=clock, draw=adapters.draw
    )
    invites = Invites(store=store.invites, users=users, audit=audit, clock=clock)
    erasure = Erasure(users=users, throttle=throttle, audit=audit)
    activity = Activity(store=store.audit, pseudonyms=adapters.pseudonyms)
    engine_move = EngineMove(
        users=users,
        templates=templates,
        engine=engine.ref,
        policy=rules.engine_move,
        audit=audit,
    )
    sign_in_consent = SignInConsent(
        users=users,
        required=rules.registration.consent_required,
        notice_version=rules.registration.notice_version,
        audit=audit,
        clock=clock,
    )
    enrol = Enrol(
        users=users,
        templates=templates,
        hasher=hasher,
        invites=invites,
        challenges=challenges,
        policy=rules.registration,
        throttle=throttle,
        audit=audit,
        clock=clock,
    )
    identify = Identify(
        users=users,
        gallery=adapters.gallery,
        engine=engine,
        reader=reader,
        challenges=challenges,
        consents=sign_in_consent,
        policy=rules.identification,
        required_assurance=assurance,
        throttle=throttle,
        engine_move=engine_move,
        audit=audit,
        clock=clock,
    )
    live_capture = LiveCapture(
        challenges=challenges,
        users=users,
        enrol=enrol,
        identify=identify,
        consents=sign_in_consent,
        throttle=throttle,
        orders=KeptOrders(
            store=store.challenges,
            box=adapters.challenge_box,
            pseudonyms=adapters.pseudonyms,
            clock=clock,
        ),
        audit=audit,
        clock=clock,
        flash=rules.flash,
    )
    return Services(
        enrol=enrol,
        first_sign_in=FirstSignIn(
            users=users,
            sessions=sessions,
            devices=DeviceTrust(users),
            outcomes=FactorAudit(audit, Action.LOGIN, Factor.FACE),
            clock=clock,
        ),
        identify=identify,
        duplicates=Duplicates(
            users=users, gallery=adapters.gallery, engine=engine, target_fmr=rules.target_fmr
        ),
        live_capture=live_capture,
        intake=Intake(largest_bytes=rules.work.largest_request_bytes, work=work),
        live_steps=LiveSteps(
            challenges=challenges,
            seen=store.challenges,
            engine=engine,
            work=work,
            pseudonyms=adapters.pseudonyms,
            booker=live_capture,
            clock=clock,
            quality=rules.capture,
            policy=rules.liveness,
            opinions=Opinions(
                passive=PassiveOpinion(adapters.detector, rules.pad),
                flash=FlashStep(engine, rules.liveness, draw=adapters.draw_colour),
            ),
        ),
        login=Login(
            users=users,
            reader=reader,
            comparer=comparer,
            decoy=decoy,
            challenges=challenges,
            consents=sign_in_consent,
            required_assurance=assurance,
            throttle=throttle,
            engine_move=engine_move,
            audit=audit,
            clock=clock,
        ),
        recovery=Recovery(users=users, hasher=hasher, throttle=throttle, audit=audit, clock=clock),
        invites=invites,
        sessions=sessions,
        step_up=StepUp(
            sessions=sessions,
            reader=reader,
            comparer=comparer,
            challenges=challenges,
            consents=sign_in_consent,
            required_assurance=assurance,
            throttle=throttle,
            audit=audit,
        ),
        profiles=Profiles(users=users, throttle=throttle, audit=audit),
        reenrol=Reenrol(
            users=users,
            sessions=sessions,
            templates=templates,
            challenges=challenges,
            consents=sign_in_consent,
            throttle=throttle,
            required_assurance=assurance,
            audit=audit,
        ),
        consents=Consents(
            users=users,
            notice_version=rules.registration.notice_version,
            audit=audit,
            clock=clock,
        ),
        sign_in_consent=sign_in_consent,
        exports=Exports(
            sessions=store.sessions,
            activity=activity,
            throttle=throttle.of_account,
            audit=audit,
            clock=clock,
        ),
        erasure=erasure,
        retention=Retention(
            store=store,
            erasure=erasure,
            sessions=sessions,
            throttle=throttle,
            audit=audit,
            clock=clock,
            keep=rules.keep_unused,
        ),
        accounts=Accounts(
            users=users,
            sessions=store.sessions,
            throttle=throttle,
            erasure=erasure,
            audit=audit,
            clock=clock,
        ),
        engine_use=EngineUse(store=store, engine=engine, audit=audit),
        template_figures=TemplateFigures(
            users=users, measures=adapters.measures, later=adapters.later
        ),
        throttle=throttle,
        audit=audit,
        activity=activity,
        audit_log=AuditLog(store=store.audit, keys=adapters.audit_keys),
        audit_rotation=AuditRotation(store=store.audit, keys=adapters.audit_keys, audit=audit),
        devices=adapters.devices,
        device_trust=DeviceTrust(users),
        presence=Presence(
            workers=store.workers, keys=adapters.keys, clock=clock, address=rules.address
        ),
        readiness=Readiness(store=store, engine=engine, binding=adapters.binding),
        locks=Locks(
            budgets=store.budgets,
            policy=rules.throttle,
            clock=clock,
            strangers_key=throttle.strangers_key,
        ),
        store=store,
        engine=engine,
        detector=adapters.detector,
        gallery=adapters.gallery,
        notice=notice,
        measures=adapters.measures,
    )


def _face_work(adapters: Adapters, rules: Rules, audit: Audit) -> FaceWork:
    return FaceWork(
        running=rules.work.running,
        waiting=rules.work.waiting,
        cpu_s=adapters.cpu_s,
        account=WorkBudget(
            counters=Counters(
                adapters.store.budgets,
                adapters.pseudonyms,
                audit,
                adapters.clock,
                wider=rules.throttle.wider,
            ),
            policy=rules.work_budget,
        ),
        measures=adapters.measures,
    )


def _audit(adapters: Adapters) -> Audit:
    return Audit(
        store=adapters.store.audit,
        keys=adapters.audit_keys,
        pseudonyms=adapters.pseudonyms,
        clock=adapters.clock,
        later=adapters.later,
    )
