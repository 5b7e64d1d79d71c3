"""GET /config and GET /notice: all that a page needs to know before anybody signs in."""

from __future__ import annotations

from flask import Response, jsonify
from flask_openapi3.blueprint import APIBlueprint

from facelogin.api.document import CORE, answers
from facelogin.api.replies import Config, NoticeState, NoticeText
from facelogin.api.schemas import MAX_LOGIN_IMAGES, MAX_REGISTER_IMAGES, NoticeQuery
from facelogin.domain.policy import Assurance
from facelogin.services.wiring import Services
from facelogin.settings import Settings


def config_resource(services: Services, settings: Settings) -> APIBlueprint:
    """Return the blueprint of what a page needs to know."""
    notice = services.notice
    blueprint = APIBlueprint("config", __name__, abp_tags=[CORE])
    assurance = settings.effective_required_assurance
    fixed = Config(
        required_assurance=assurance,
        identification=settings.identification,
        registration=settings.effective_registration,
        upload_allowed=assurance is Assurance.PHOTO,
        flash=settings.flash,
        max_images={"register": MAX_REGISTER_IMAGES, "login": MAX_LOGIN_IMAGES},
        languages=notice.languages,
        notice=NoticeState(version=notice.version, required=settings.effective_consent_required),
        sign_in_consent=settings.effective_consent_required,
    )

    @blueprint.get(
        "/config",
        operation_id="tell_config",
        summary="Tell what this server asks for",
        responses=answers({200: Config}),
    )
    def tell_config() -> Response:
        asked = services.sign_in_consent.asked()
        return jsonify(fixed.model_copy(update={"sign_in_consent": asked}).json_ready())

    @blueprint.get(
        "/notice",
        operation_id="read_notice",
        summary="Read the privacy notice",
        description="Markdown, in the language nearest to the one asked for, or else in the first "
        "of `/config`. All languages share one version: consent is to the notice, not to a text.",
        responses=answers({200: NoticeText}),
    )
    def read_notice(query: NoticeQuery) -> Response:
        text = notice.nearest(query.lang)
        reply = NoticeText(language=text.language, version=notice.version, text=text.text)
        return jsonify(reply.json_ready())

    return blueprint
