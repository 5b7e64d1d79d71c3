"""Moves people to the default engine: a template of it is added when they sign in strongly."""

from __future__ import annotations

import logging

from facelogin.domain.errors import StoreUnavailable
from facelogin.domain.models import EngineRef, User
from facelogin.domain.policy import EngineMovePolicy
from facelogin.domain.ports import UserStore
from facelogin.domain.requester import Requester
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.capture import Probe
from facelogin.services.new_template import TemplateMaker

_log = logging.getLogger(__name__)


class EngineMove:
    """Adds the template beside the one that the person was recognised by, which stays.

    An embedding can't be translated into another engine's, so it needs new frames; they come from
    a sign-in that proves enough. Both templates stay until the operator retires the old engine:
    the version of facelogin before goes on working.
    """

    def __init__(
        self,
        *,
        users: UserStore,
        templates: TemplateMaker,
        engine: EngineRef,
        policy: EngineMovePolicy,
        audit: Audit,
    ) -> None:
        self._users = users
        self._templates = templates
        self._engine = engine
        self._policy = policy
        self._audit = audit

    def after_live_sign_in(self, user: User, probe: Probe, requester: Requester) -> None:
        """Add what ``probe`` shows to ``user``, who was recognised in it, if that is due.

        A store that is away costs a line in the log: the person is signed in, and the next sign-in
        tries again.
        """
        if not self._due(user, probe, requester):
            return
        template = self._templates.seal(probe, user_id=user.user_id)
        try:
            added = self._users.add_template(
                user.user_id, beside=user.template.template_id, template=template
            )
        except StoreUnavailable as error:
            _log.warning("template not added, the store is away: %s", error)
            return
        if added:
            self._audit.record(Action.MOVE_ENGINE, Outcome.OK, requester, user_id=user.user_id)

    def _due(self, user: User, probe: Probe, requester: Requester) -> bool:
        if self._policy is EngineMovePolicy.OFF or not requester.knows(user):
            return False
        return user.template_by([self._engine]) is None and probe.of(self._engine) is not None
