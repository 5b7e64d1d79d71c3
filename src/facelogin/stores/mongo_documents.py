"""What users and sessions look like as MongoDB documents.

``template`` is a user's main template, ``added_templates`` a list of further ones, of which the
version before this one knows nothing: it sets ``template`` as a whole. So ``template`` itself says
that the list is its own; of another one's list no template counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from facelogin.domain.models import (
    Consent,
    EngineRef,
    KnownDevices,
    RecoveryCodes,
    SealedRecord,
    SealedTemplate,
    Session,
    TemplateMark,
    User,
    UserTemplates,
)
from facelogin.domain.names import fold
from facelogin.stores.added_templates import MadeBy, still_added
from facelogin.stores.times import truncated

Document = dict[str, Any]  # as PyMongo types it


OWNS_ADDED = "template.owns_added"
ADDED = "added_templates"


def user_document(user: User) -> Document:
    """Return the one document that is the user; the templates live inside it."""
    consent, disabled_at = user.consent, user.disabled_at
    devices = devices_document(user.devices)
    return {
        "_id": user.user_id,
        **names_document(username=user.username, email=user.email),
        **templates_document(user.templates),
        "created_at": truncated(user.created_at),
        "consent": consent and consent_document(consent),
        "disabled_at": disabled_at and truncated(disabled_at),
        "recovery": recovery_document(user.recovery),
        "last_used_at": user.last_used_at and truncated(user.last_used_at),
        **({} if devices is None else {"devices": devices}),
    }


def consent_document(consent: Consent) -> Document:
    """Return what stands for the consent inside the user's document."""
    given_at = truncated(consent.given_at)
    return {"notice_version": consent.notice_version, "given_at": given_at}


def recovery_document(recovery: RecoveryCodes | None) -> Document | None:
    """Return what stands for the recovery codes inside the user's document."""
    return None if recovery is None else {"salt": recovery.salt, "hashes": list(recovery.hashes)}


def devices_document(devices: KnownDevices) -> Document | None:
    """Return what stands for the known devices; None for those of who never had any."""
    if devices == KnownDevices():
        return None
    return {"complete": devices.complete, "grants": list(devices.grants)}


def names_document(*, username: str | None, email: str | None) -> Document:
    """Return the names that are not None, each with the key under which it is unique."""
    names = {"username": username, "email": email}
    given = {field: name for field, name in names.items() if name is not None}
    return given | {f"{field}_key": fold(name) for field, name in given.items()}


def user_from(document: Document) -> User:
    """Return the user that ``document`` describes."""
    consent, recovery = document["consent"], document.get("recovery")
    template = _template_from(document["template"])
    return User(
        user_id=document["_id"],
        username=document["username"],
        email=document["email"],
        template=template,
        created_at=document["created_at"],
        consent=consent and Consent(consent["notice_version"], consent["given_at"]),
        disabled_at=document["disabled_at"],
        recovery=recovery and RecoveryCodes(recovery["salt"], tuple(recovery["hashes"])),
        last_used_at=document.get("last_used_at"),
        added=still_added(template, map(_template_from, own_added(document))),
        devices=_devices_from(document.get("devices")),
    )


def user_templates_from(document: Document) -> UserTemplates:
    """Return the templates of a user of whom at least these and the id are in ``document``."""
    template = _template_from(document["template"])
    added = still_added(template, map(_template_from, own_added(document)))
    return UserTemplates(document["_id"], (template, *added))


def templates_document(templates: Sequence[SealedTemplate]) -> Document:
    """Return the fields of the user's document that hold these templates, the main one first."""
    main, *added = map(template_document, templates)
    return {"template": main | {"owns_added": True}, ADDED: added} if added else {"template": main}


def own_added(document: Document) -> list[Document]:
    """Return the further templates in a user's document that belong to the main one."""
    return document.get(ADDED) or [] if document["template"].get("owns_added") else []


def mark_from(document: Document) -> TemplateMark:
    """Return the mark of a user; one that was kept before there were numbers has 0."""
    main, *further = (
        MadeBy(one["template_id"], EngineRef(**one["engine"]), one["created_at"])
        for one in (document["template"], *own_added(document))
    )
    added = (one.template_id for one in still_added(main, further))
    return TemplateMark(
        document["_id"], (main.template_id, *added), int(document.get("revision") or 0)
    )


def template_document(template: SealedTemplate) -> Document:
    """Return what stands for the template inside the user's document."""
    record = template.record
    return {
        "template_id": template.template_id,
        "engine": {"id": template.engine.id, "version": template.engine.version},
        "image_count": template.image_count,
        "created_at": truncated(template.created_at),
        "record": record_document(record),
    }


def record_document(record: SealedRecord) -> Document:
    """Return what stands for a template's encrypted part."""
    return {
        "v": record.v,
        "kid": record.kid,
        "wrapped_dek": record.wrapped_dek,
        "iv": record.iv,
        "ct": record.ct,
    }


def session_document(session: Session) -> Document:
    """Return the session's document; its id is the hash of the token."""
    return {
        "_id": session.token_sha256,
        "session_id": session.session_id,
        "user_id": session.user_id,
        "amr": list(session.amr),
        "assurance": session.assurance,
        "created_at": truncated(session.created_at),
        "last_seen_at": truncated(session.last_seen_at),
        "expires_at": truncated(session.expires_at),
        "fresh_until": truncated(session.fresh_until),
        "browser": session.browser,
    }


def session_from(document: Document) -> Session:
    """Return the session that ``document`` describes."""
    return Session(
        session_id=document["session_id"],
        token_sha256=document["_id"],
        user_id=document["user_id"],
        amr=tuple(document["amr"]),
        assurance=document["assurance"],
        created_at=document["created_at"],
        last_seen_at=document["last_seen_at"],
        expires_at=document["expires_at"],
        fresh_until=document["fresh_until"],
        browser=document.get("browser"),
    )


def _devices_from(document: Document | None) -> KnownDevices:
    if document is None:
        return KnownDevices()
    return KnownDevices(tuple(document["grants"]), document["complete"])


def _template_from(document: Document) -> SealedTemplate:
    engine = document["engine"]
    return SealedTemplate(
        template_id=document["template_id"],
        engine=EngineRef(id=engine["id"], version=engine["version"]),
        image_count=document["image_count"],
        created_at=document["created_at"],
        record=record_from(document["record"]),
    )


def record_from(record: Document) -> SealedRecord:
    """Return the sealed record that ``record`` describes."""
    return SealedRecord(
        v=record["v"],
        kid=record["kid"],
        wrapped_dek=record["wrapped_dek"],
        iv=record["iv"],
        ct=record["ct"],
    )
