"""Settings become a wired application. The only place that chooses adapters."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from facelogin.clock import SystemClock, ThreadCpu
from facelogin.domain.errors import BeyondCalibration, ConfigurationError, FaceloginError
from facelogin.domain.identification import (
    NO_GALLERY,
    Census,
    IdentificationMode,
    IdentificationPolicy,
    SearchRates,
    people_in,
    search_fpir,
)
from facelogin.domain.measures import NO_MEASURES
from facelogin.domain.notice import Notice
from facelogin.domain.odds import (
    groups_of,
    least_fpir,
    limiting,
    lowest_rate,
    most_at_best,
    most_people,
    odds,
)
from facelogin.domain.pad import NO_DETECTOR, PadPolicy
from facelogin.domain.policy import RegistrationPolicy, SessionPolicy, WorkPolicy
from facelogin.identification_settings import identification_policy
from facelogin.limit_settings import throttle_policy, work_budget_policy
from facelogin.notice_files import read_notice, sample_notice
from facelogin.services.gallery_figures import GalleryFigures
from facelogin.services.key_binding import KeyBinding
from facelogin.services.wiring import Adapters, Rules, Services, wire
from facelogin.timers import ThreadLater

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Flask

    from facelogin.domain.calibration import Calibration
    from facelogin.domain.models import EngineRef
    from facelogin.domain.ports import (
        FaceEngine,
        Gallery,
        Measures,
        PresentationAttackDetector,
        Sealer,
        Store,
    )
    from facelogin.face.decoding import Decoder
    from facelogin.face.model_files import FileCheck
    from facelogin.face.opening import EngineFiles
    from facelogin.face.picture_refusals import PictureLimits
    from facelogin.metrics.prometheus import PrometheusMeasures
    from facelogin.services.first_system_import import FirstSystemImport
    from facelogin.services.key_rotation import KeyRotation
    from facelogin.settings import Settings
    from facelogin.stores.keyring import KeyRing

GalleryUse = Literal["search", "compare"]
WEBAPP = Path(__file__).parent / "webapp"
"""Where the build puts the web app's files."""

_log = logging.getLogger(__name__)

_PHONES_MEGAPIXEL = 1_010_000
"""Pixels: what phones call 50 megapixels is up to 50.33 million (8192 x 6144)."""


def create_app(settings: Settings) -> Flask:
    """Return the WSGI application for these settings, its store prepared.

    Call it in the process that answers requests: networks and connections don't survive a fork.
    Raises ConfigurationError or StoreUnavailable where it can't start.
    """
    from facelogin.api.app import create_app as create_http_app

    measures = build_measures(settings)
    services = build_services(settings, measures=measures)
    with ExitStack() as on_failure:
        on_failure.callback(services.close)
        services.store.check_write()
        on_failure.pop_all()
    services.detector.load()
    services.gallery.start()
    if measures is not None:
        services.template_figures.start()
    exposition = measures.exposition if measures else None
    return create_http_app(services, settings, webapp=WEBAPP, exposition=exposition)


def describe_api() -> dict[str, Any]:
    """Return the OpenAPI document. Needs no store, no keys, no weights and no environment."""
    from facelogin.api.app import describe
    from facelogin.settings import Settings

    return describe(Settings.model_construct(), sample_notice())


def build_measures(settings: Settings) -> PrometheusMeasures | None:
    """Return what counts for Prometheus, None where nobody can ask for it.

    Call it in the process that answers requests.
    """
    if not settings.measured:
        return None
    from facelogin.metrics.prometheus import PrometheusMeasures

    return PrometheusMeasures({"version": version("facelogin"), "engine": settings.engine})


def build_services(
    settings: Settings,
    *,
    engine: FaceEngine | None = None,
    prepare: bool = True,
    beside: Iterable[EngineRef] | None = None,
    every_engine: bool = True,
    measures: Measures | None = None,
    notice: Notice | None = None,
    gallery: GalleryUse | None = None,
    address: str | None = None,
    any_keyring: bool = False,
) -> Services:
    """Return the services for these settings, their networks not loaded.

    ``engine`` takes the place of the one that the settings name. Without ``prepare`` the store is
    not touched before its first use, when it prepares itself. ``beside`` are the engines of its
    templates, which run beside the default one; None looks them up, and unless it must be
    ``every_engine`` leaves out those that can't run here. ``measures`` take note of how
    long engine and store take. ``notice`` is the one that was loaded already. With
    ``gallery`` people can be searched for whatever the settings say ("search"), or compared with
    one another, however many they are ("compare"). ``address`` is where people reach this process,
    if it serves. ``any_keyring`` takes a key ring that opens nothing in the store, which else is
    WrongKeyRing (and is not looked at without ``prepare``).

    Raises ConfigurationError or StoreUnavailable where they can't be had.
    """
    from facelogin.metrics.timed_ports import timed_engine, timed_store
    from facelogin.stores.audit_keys import KeyRingAuditKeys
    from facelogin.stores.challenge_box import SealedChallenges
    from facelogin.stores.code_hashes import Argon2Codes
    from facelogin.stores.device_tokens import SignedDeviceTokens
    from facelogin.stores.pseudonyms import KeyedPseudonyms
    from facelogin.stores.sealed import TemplateSealer

    notice = notice or load_notice(settings)
    cpu = ThreadCpu()
    keyring = open_keyring(settings)
    store = prepared_store(settings) if prepare else open_store_of(settings)
    with ExitStack() as on_failure:
        on_failure.callback(store.close)
        if prepare and not any_keyring:
            key_binding(keyring, store).check()
        if engine is None:
            if beside is None:
                beside = (engines_in if every_engine else runnable_engines_in)(store, settings)
            engine = build_engine(settings, beside=beside, cpu=cpu)
        for one in (engine, *engine.others):
            _with_target(one.calibration, settings)
        on_failure.pop_all()
    if measures is not None:
        engine, store = timed_engine(engine, measures), timed_store(store, measures)
    sealer = TemplateSealer(keyring, store.installation_id)
    adapters = Adapters(
        store=store,
        engine=engine,
        detector=build_detector(settings),
        sealer=sealer,
        pseudonyms=KeyedPseudonyms(keyring),
        devices=SignedDeviceTokens(
            keyring, SystemClock(), max_age=timedelta(days=settings.device_cookie_days)
        ),
        challenge_box=SealedChallenges(keyring),
        keys=keyring,
        audit_keys=KeyRingAuditKeys(keyring),
        clock=SystemClock(),
        later=ThreadLater(),
        code_hasher=Argon2Codes(),
        gallery=_gallery(
            settings,
            store,
            sealer,
            engine,
            measures or NO_MEASURES,
            of_any_size=gallery == "compare",
        )
        if gallery or settings.identification is IdentificationMode.ON
        else NO_GALLERY,
        measures=measures or NO_MEASURES,
        cpu_s=cpu.spent_s,
        binding=key_binding(keyring, store),
    )
    rules = replace(rules_of(settings, notice), address=address or settings.public_url)
    return wire(adapters, rules, notice)


def _gallery(
    settings: Settings,
    store: Store,
    sealer: Sealer,
    engine: FaceEngine,
    measures: Measures,
    *,
    of_any_size: bool,
) -> Gallery:
    from facelogin.gallery.store_gallery import StoreGallery

    policy = identification_rules(settings)
    recognisers = (engine, *engine.others)
    calibrations = [one.calibration for one in recognisers]
    figures = GalleryFigures(policy=policy, calibrations=calibrations, measures=measures)
    return StoreGallery(
        users=store.users,
        sealer=sealer,
        engines={one.ref: one.dimension for one in recognisers},
        most=None if of_any_size else most_at_best(policy, calibrations),
        told=figures.tell,
    )


def too_many_to_identify(settings: Settings, census: Census) -> str | None:
    """Return why these people are too many to be searched for a face, None where they are not.

    Raises ConfigurationError where there are no thresholds.
    """
    people = people_in(census)
    if not people:
        return None
    policy = identification_rules(settings)
    tables = list(calibrations_of(settings, beside=census).values())
    groups = groups_of(tables, census, policy)
    if odds(policy, groups, people).reachable:
        return None
    lowest = lowest_rate(groups)
    further = replace(policy, rates=SearchRates.PROVISIONAL)
    most = most_people(further, groups_of(tables, census, further))
    provisional = (
        f"FACELOGIN_IDENTIFICATION_RATES=provisional (up to {most} people, at rates that were "
        "measured over everybody together and checked on nobody else) "
        if most > most_people(policy, groups)
        else ""
    )
    return (
        f"{people} people are too many to find one by the face alone "
        f"(FACELOGIN_IDENTIFICATION=on): at FACELOGIN_TARGET_FPIR={settings.target_fpir:g} up to "
        f"{most_people(policy, groups)} can be searched. The thresholds of engine "
        f"{limiting(groups).calibration.engine.id} were measured down to a false-match rate of "
        f"{lowest:g}, and at that rate a stranger is taken for one of {people} people once in "
        f"{1 / search_fpir(fmr=lowest, people=people):.0f} tries. Set FACELOGIN_TARGET_FPIR="
        f"{least_fpir(groups, people):.2g} if you accept that, {provisional}or "
        "FACELOGIN_IDENTIFICATION=off; with a username nothing depends on how many there are."
    )


def open_store_of(settings: Settings) -> Store:
    """Return the store that the settings name, not connected to yet."""
    from facelogin.stores.open import open_store, open_store_in

    if settings.database_url is None:
        return open_store_in(settings.data_dir.absolute())
    return open_store(settings.database_url)


def prepared_store(settings: Settings, *, for_writing: bool = False) -> Store:
    """Return the store that the settings name, its tables and indexes in place.

    ``for_writing`` makes sure that it takes a write: whoever only reads can do without. Raises
    ConfigurationError, StoreUnavailable.
    """
    store = open_store_of(settings)
    try:
        store.prepare()
        if for_writing:
            store.check_write()
    except FaceloginError as error:
        store.close()
        error.add_note(store.describe())
        raise
    return store


def build_engine(
    settings: Settings,
    *,
    name: str | None = None,
    beside: Iterable[EngineRef] = (),
    every_face: bool = False,
    cpu: ThreadCpu | None = None,
) -> FaceEngine:
    """Return the face engine that the settings name, its networks not loaded yet.

    ``name`` takes the place of that name, with the table of its own. ``beside`` are the engines of
    templates in the store, which run with it. ``every_face``: it describes those in the background,
    too, which it would leave out. ``cpu`` is told what the decoder's process computes.
    """
    from facelogin.face.opening import open_engine

    files = _engine_files(settings)
    return open_engine(
        name or settings.engine,
        files if name in {None, settings.engine} else files.of_others,
        decoder=_build_decoder(settings, cpu or ThreadCpu()),
        beside=beside,
        every_face=every_face,
    )


def engines_in(store: Store, settings: Settings) -> tuple[EngineRef, ...]:
    """Return the engines of the templates in a store, the default one and those given up apart.

    Raises EngineUnavailable for one that can't run here, StoreUnavailable.
    """
    return tuple(_names_in(store, settings))


def runnable_engines_in(store: Store, settings: Settings) -> tuple[EngineRef, ...]:
    """Return those of a store's engines that can run here: for who looks after accounts.

    Raises StoreUnavailable.
    """
    return tuple(_names_in(store, settings, skip_unavailable=True))


def _names_in(
    store: Store, settings: Settings, *, skip_unavailable: bool = False
) -> dict[EngineRef, str]:
    from facelogin.face.opening import names_of, ref_of

    files = _engine_files(settings)
    default = ref_of(settings.engine, files)
    wanted = [
        engine
        for engine in store.users.count_engines()
        if engine != default and engine.id not in settings.engines_given_up
    ]
    return names_of(wanted, files, skip_unavailable=skip_unavailable)


def _engine_files(settings: Settings) -> EngineFiles:
    from facelogin.face.opening import EngineFiles

    return EngineFiles(settings.weights_dir, settings.calibration_file, settings.recogniser)


def calibration_of(settings: Settings) -> Calibration:
    """Return the thresholds of the engine that the settings name; loads no network's runtime.

    Raises ConfigurationError where there are none, or none for the rate that the settings ask for.
    """
    from facelogin.face import opening

    table = opening.calibration_of(settings.engine, _engine_files(settings))
    return _with_target(table, settings)


def calibrations_of(
    settings: Settings, *, beside: Iterable[EngineRef] = ()
) -> dict[EngineRef, Calibration]:
    """Return the thresholds of the default engine and then of those that run beside it.

    Loads no network's runtime. Raises ConfigurationError as ``calibration_of`` does, and
    EngineUnavailable for an engine that can't run here.
    """
    from facelogin.face import opening

    default = calibration_of(settings)
    files = _engine_files(settings)
    names = opening.names_of((one for one in beside if one != default.engine), files)
    others = {
        one: _with_target(opening.calibration_of(name, files.of_others), settings)
        for one, name in names.items()
    }
    return {default.engine: default} | others


def _with_target(calibration: Calibration, settings: Settings) -> Calibration:
    try:
        calibration.check(settings.target_fmr)
    except BeyondCalibration as error:
        raise ConfigurationError(
            f"FACELOGIN_TARGET_FMR: got {settings.target_fmr:g}; allowed: "
            f"{calibration.lowest_for_all:g} to {calibration.highest_for_all:g}, between which the "
            f"thresholds of engine {calibration.engine.id} were measured "
            f"({calibration.data_set}, {calibration.fitted_on})."
        ) from error
    return calibration


def build_detector(settings: Settings) -> PresentationAttackDetector:
    """Return what the operator's models make of a face, not loaded yet; no opinion without any."""
    if not settings.pad_models:
        return NO_DETECTOR
    from facelogin.face.passive_pad import PassivePad

    return PassivePad(settings.pad_models)


def _build_decoder(settings: Settings, cpu: ThreadCpu) -> Decoder:
    """Return what turns pictures into pixels; a process of its own is not started yet."""
    limits = _picture_limits(settings)
    if settings.effective_decoder == "isolated":
        from facelogin.face.decoder_process import IsolatedDecoder

        return IsolatedDecoder(limits=limits, computed=cpu.add)
    from facelogin.face.decoding import InlineDecoder

    return InlineDecoder(limits=limits)


def weights_checks(settings: Settings) -> list[FileCheck]:
    """Compare every weights file with its checksum; loads no network and starts no thread."""
    from facelogin.face.model_files import check_weights

    return check_weights(settings.weights_dir)


def pad_model_checks(settings: Settings) -> list[FileCheck]:
    """Compare the operator's model files with their checksums; loads none and starts no thread."""
    from facelogin.face.pad_files import check_pad_model

    return [check_pad_model(model) for model in settings.pad_models]


def recogniser_checks(settings: Settings) -> list[FileCheck]:
    """Look at the operator's own recogniser and its description; loads it not, starts no thread."""
    if settings.recogniser is None:
        return []
    from facelogin.face.custom_files import check_custom

    return check_custom(settings.recogniser)


def open_keyring(settings: Settings) -> KeyRing:
    """Return the key ring; development makes one where there is none, and says so.

    Raises ConfigurationError for one that can't be used, in production also for one that lacks a
    key or lies where others can reach it; for none beside a store with users; StoreUnavailable.
    """
    from facelogin.stores.keyring import KeyRing, create_keyring
    from facelogin.stores.keyring_edit import complete_keyring

    path = settings.effective_keyring_file
    may_make = not settings.in_production and settings.keyring_file is None
    if may_make and not path.exists():
        _refuse_new_ring_beside_users(settings, path)
    if may_make and create_keyring(path):
        _log.warning("made a development key ring", extra={"keyring_file": str(path)})
    keyring = KeyRing.load(path, strict=settings.in_production)
    if may_make and complete_keyring(keyring, SystemClock()):
        _log.warning("added keys to the development key ring", extra={"keyring_file": str(path)})
    return keyring


def _refuse_new_ring_beside_users(settings: Settings, path: Path) -> None:
    store = prepared_store(settings)
    try:
        if store.users.page(after=None, limit=1):
            raise ConfigurationError(
                f"There is no key ring at {path.absolute()}, and the store ({store.describe()}) "
                "has people whose templates no new one would open, so none is made. Restore it "
                "from its backup, set FACELOGIN_KEYRING_FILE to where it is, or begin anew in "
                "another FACELOGIN_DATA_DIR. If it is lost for good: `facelogin keys new` and "
                "`facelogin keys bind`."
            )
    finally:
        store.close()


def key_binding(keyring: KeyRing, store: Store) -> KeyBinding:
    """Return what tells whether this key ring is the one of this store."""
    from facelogin.stores.envelope import Envelope
    from facelogin.stores.key_check import SealedKeyCheck
    from facelogin.stores.keyring_edit import KeyRingEditor
    from facelogin.stores.sealed import TemplateSealer

    return KeyBinding(
        store=store,
        file=KeyRingEditor(keyring, SystemClock()),
        key_check=SealedKeyCheck(Envelope(keyring), store.installation_id),
        sealer=TemplateSealer(keyring, store.installation_id),
        ring=str(keyring.path.absolute()),
    )


def build_sealer(settings: Settings, store: Store) -> Sealer:
    """Return what opens the templates of a store.

    Raises WrongKeyRing if the key ring opens none of it, StoreUnavailable.
    """
    from facelogin.stores.sealed import TemplateSealer

    keyring = open_keyring(settings)
    key_binding(keyring, store).check()
    return TemplateSealer(keyring, store.installation_id)


def build_key_rotation(settings: Settings, services: Services) -> KeyRotation:
    """Return what changes the key ring that these services read."""
    from facelogin.services.key_rotation import KeyRotation
    from facelogin.services.rewrapping import Rewrapping
    from facelogin.stores.keyring_edit import KeyRingEditor
    from facelogin.stores.sealed import TemplateSealer

    store, audit, clock = services.store, services.audit, SystemClock()
    keyring = open_keyring(settings)
    sealer = TemplateSealer(keyring, store.installation_id)
    return KeyRotation(
        file=KeyRingEditor(keyring, clock),
        store=store,
        rewrapping=Rewrapping(users=store.users, rewrapper=sealer, audit=audit),
        binding=key_binding(keyring, store),
        audit=audit,
        clock=clock,
    )


def build_first_system_import(settings: Settings, services: Services) -> FirstSystemImport:
    """Return what takes over the accounts of the system that facelogin started from.

    Raises ConfigurationError, with the lines that install it, if the library whose embeddings they
    have is missing.
    """
    from facelogin.emails import parse_email
    from facelogin.face.refs import reference_ref
    from facelogin.services.first_system_import import FirstSystemImport
    from facelogin.stores.code_hashes import Argon2Codes

    private_domains = settings.effective_email_private_domains
    return FirstSystemImport(
        users=services.store.users,
        sealer=build_sealer(settings, services.store),
        hasher=Argon2Codes(),
        audit=services.audit,
        clock=SystemClock(),
        engine=reference_ref(),
        parse_email=lambda raw: parse_email(raw, private_domains=private_domains),
    )


def load_notice(settings: Settings) -> Notice:
    """Return the operator's privacy notice; the sample where there is none.

    Raises ConfigurationError for files that can't be used, in production also for the sample and
    for a text that has blanks left in it.
    """
    notice = sample_notice()
    if settings.notice_file:
        notice = read_notice(settings.notice_file)
    if settings.in_production:
        notice.refuse_unfinished()
    return notice


def rules_of(settings: Settings, notice: Notice) -> Rules:
    """Return what these settings demand of a registration, a login and a session."""
    return Rules(
        registration=RegistrationPolicy(
            mode=settings.effective_registration,
            required_assurance=settings.effective_required_assurance,
            consent_required=settings.effective_consent_required,
            notice_version=notice.version,
        ),
        session=SessionPolicy(
            idle=timedelta(seconds=settings.session_idle_s),
            absolute=timedelta(seconds=settings.session_absolute_s),
            fresh=timedelta(seconds=settings.session_fresh_s),
        ),
        throttle=throttle_policy(settings, names_kept=timedelta(days=settings.retention_days)),
        target_fmr=settings.target_fmr,
        identification=identification_rules(settings),
        flash=settings.flash,
        pad=PadPolicy(action=settings.pad_action),
        work=WorkPolicy(
            running=settings.face_jobs_running,
            waiting=settings.face_jobs_waiting,
            largest_request_bytes=settings.max_request_bytes,
        ),
        work_budget=work_budget_policy(settings),
        keep_unused=timedelta(days=settings.retention_days),
        engine_move=settings.engine_move,
    )


def identification_rules(settings: Settings) -> IdentificationPolicy:
    """Return what these settings demand of a sign-in without a username."""
    return identification_policy(settings, target_fmr=settings.target_fmr)


def _picture_limits(settings: Settings) -> PictureLimits:
    from facelogin.face.picture_refusals import PictureLimits

    return PictureLimits(
        decoded=int(settings.max_megapixels * 1_000_000),
        jpeg=int(settings.max_jpeg_megapixels * _PHONES_MEGAPIXEL),
    )
