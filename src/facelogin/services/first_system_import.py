"""Takes over the accounts of the system that facelogin started from, one write each."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from facelogin.domain.errors import EmailTaken, SealError, UsernameTaken
from facelogin.domain.first_system import OldAccount, ParseEmail, Problem, valid_username
from facelogin.domain.models import Embedding, EngineRef, Template, User
from facelogin.domain.names import fold, propose_username
from facelogin.domain.ports import Clock, CodeHasher, OldAccounts, Sealer, UserStore
from facelogin.domain.requester import OPERATOR
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.recovery import draw_codes

_SAME_WITHIN = 1e-6
"""How far apart one embedding may lie from itself, once it was sealed and opened again."""


@dataclass(frozen=True, slots=True)
class Imported:
    """An account was made, or would be in a dry run; ``written`` is its name as it was."""

    username: str
    email: str
    written: str
    recovery_codes: tuple[str, ...] = field(default=(), repr=False)

    @property
    def renamed(self) -> bool:
        """Whether the name had to be changed."""
        return self.username != self.written


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    """The account was imported before: same email, same template."""

    username: str
    email: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was made of a document, for these reasons. ``number`` counts documents from 1.

    Both names are as they were written; ``proposal`` is the username that ``rename`` would give.
    """

    number: int
    username: str
    email: str
    problems: tuple[Problem, ...]
    proposal: str | None = None


Result = Imported | AlreadyThere | Refused


@dataclass(frozen=True, slots=True)
class FirstSystemImport:
    """Makes users of old accounts: template and recovery codes, and no consent yet.

    ``engine`` is the reference engine, whose embeddings the old encodings are.
    """

    users: UserStore
    sealer: Sealer
    hasher: CodeHasher
    audit: Audit
    clock: Clock
    engine: EngineRef
    parse_email: ParseEmail

    def run(self, source: OldAccounts, *, rename: bool, dry_run: bool) -> Iterator[Result]:
        """Yield what became of each document, the oldest first.

        Of several with one email or one username only the first is taken. A name that breaks the
        rules is changed with ``rename``, refused without. Repeating a run, or one that broke off,
        imports what is missing. With ``dry_run`` nothing is written.

        Raises StoreUnavailable, for the old database or the new one.
        """
        names = _Names(self.users, source)
        for number, document in enumerate(source.every(), start=1):
            account = OldAccount.read(document, self.parse_email)
            yield self._take(number, account, names, rename=rename, dry_run=dry_run)

    def _take(
        self, number: int, account: OldAccount, names: _Names, *, rename: bool, dry_run: bool
    ) -> Result:
        try:
            return self._import(account, names, rename=rename, dry_run=dry_run)
        except _NotTakenError as reason:
            return Refused(
                number,
                account.written,
                account.written_email,
                reason.problems,
                reason.proposal,
            )

    def _import(
        self, account: OldAccount, names: _Names, *, rename: bool, dry_run: bool
    ) -> Imported | AlreadyThere:
        """Make a user of one old account. Raises _NotTakenError."""
        email, embedding = account.email, account.embedding
        if account.problems or email is None or embedding is None:
            raise _NotTakenError(*account.problems)
        names.claim(account.written, email)
        known = self.users.find_by_email(email)
        if known is not None:
            if self._has(known, embedding):
                return AlreadyThere(known.username, email)
            raise _NotTakenError(Problem.EMAIL_TAKEN)
        username = account.username or names.propose(account.written)
        if account.username is None and not rename:
            raise _NotTakenError(Problem.USERNAME_INVALID, proposal=username)
        if self.users.find_by_username(username) is not None:
            raise _NotTakenError(Problem.USERNAME_TAKEN)
        imported = Imported(username, email, account.written)
        if dry_run:
            return imported
        try:
            return replace(imported, recovery_codes=self._create(username, email, embedding))
        except UsernameTaken as error:
            raise _NotTakenError(Problem.USERNAME_TAKEN) from error
        except EmailTaken as error:
            raise _NotTakenError(Problem.EMAIL_TAKEN) from error

    def _create(self, username: str, email: str, embedding: Embedding) -> tuple[str, ...]:
        """Keep a new user and return the recovery codes. Raises UsernameTaken, EmailTaken."""
        now, user_id = self.clock.now(), secrets.token_hex(16)
        template = Template(
            template_id=secrets.token_hex(16),
            engine=self.engine,
            embedding=embedding,
            image_count=1,
            created_at=now,
        )
        codes = draw_codes(self.hasher)
        user = User(
            user_id=user_id,
            username=username,
            email=email,
            template=self.sealer.seal(template, user_id=user_id),
            created_at=now,
            recovery=codes.kept,
        )
        self.users.create(user)
        self.audit.record(Action.IMPORT, Outcome.OK, OPERATOR, user_id=user_id)
        return codes.codes

    def _has(self, user: User, embedding: Embedding) -> bool:
        """Return whether this user has that very template."""
        sealed = user.template_by((self.engine,))
        if sealed is None:
            return False
        try:
            kept = self.sealer.unseal(sealed, user_id=user.user_id)
        except SealError:
            return False  # nobody can tell, so it is told as a taken email
        return bool(np.allclose(kept.embedding, embedding, rtol=0.0, atol=_SAME_WITHIN))


class _NotTakenError(Exception):
    """An old account is not imported, for these reasons."""

    def __init__(self, *problems: Problem, proposal: str | None = None) -> None:
        super().__init__(*problems)
        self.problems = problems
        self.proposal = proposal


class _Names:
    """The names of one run: which are in use, by folded spelling."""

    def __init__(self, users: UserStore, source: OldAccounts) -> None:
        """Read the valid names first: none of them may be proposed to somebody else."""
        self._users = users
        valid = (valid_username(document.get("username")) for document in source.every())
        self._in_use = {fold(username) for username in valid if username is not None}
        self._claimed: dict[Problem, set[str]] = {
            Problem.EMAIL_TWICE: set(),
            Problem.USERNAME_TWICE: set(),
        }

    def claim(self, written: str, email: str) -> None:
        """Take both names for one document. Raises _NotTakenError if an earlier one has them."""
        names = {Problem.EMAIL_TWICE: fold(email), Problem.USERNAME_TWICE: fold(written)}
        twice = [problem for problem, name in names.items() if name in self._claimed[problem]]
        if twice:
            raise _NotTakenError(*twice)
        for problem, name in names.items():
            self._claimed[problem].add(name)

    def propose(self, written: str) -> str:
        """Return a username like ``written`` that nobody has, and take it."""
        username = propose_username(written, free=self._free)
        self._in_use.add(fold(username))
        return username

    def _free(self, username: str) -> bool:
        return fold(username) not in self._in_use and self._users.find_by_username(username) is None
