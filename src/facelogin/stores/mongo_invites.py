"""Invitations in MongoDB."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from facelogin.domain.models import Invite
from facelogin.stores.mongo_connection import answering
from facelogin.stores.mongo_documents import Document
from facelogin.stores.mongo_sweep import sweep_expired
from facelogin.stores.mongo_users import DatabaseSource
from facelogin.stores.times import truncated


class MongoInvites:
    """An ``InviteStore`` in the collection ``invites``; the hash of the token is the id."""

    def __init__(self, database: DatabaseSource) -> None:
        self._database = database

    def add(self, invite: Invite) -> None:
        """Keep a new invitation; adding the very same one again changes nothing."""
        document = {
            "_id": invite.token_sha256,
            "invite_id": invite.invite_id,
            "created_at": truncated(invite.created_at),
            "expires_at": truncated(invite.expires_at),
            "claimed_by": None,
            "claimed_at": None,
        }
        with answering(), suppress(DuplicateKeyError):
            self._invites.insert_one(document)

    def find(self, token_sha256: bytes) -> Invite | None:
        """Return the invitation with that token hash, expired or claimed or neither."""
        with answering():
            found = self._invites.find_one({"_id": token_sha256})
        return None if found is None else _invite(found)

    def every(self) -> list[Invite]:
        """Return all invitations that are not used or revoked, in no particular order."""
        with answering():
            return [_invite(document) for document in self._invites.find()]

    def claim(
        self, token_sha256: bytes, *, user_id: str, claimed_at: datetime, instead_of: str | None
    ) -> bool:
        """Note that this user is about to be made, in one conditional update."""
        claim = {"claimed_by": user_id, "claimed_at": truncated(claimed_at)}
        return self._change(token_sha256, held_by=instead_of, to=claim)

    def release(self, token_sha256: bytes, *, user_id: str) -> None:
        """Take this user's claim away, where it is still theirs."""
        self._change(token_sha256, held_by=user_id, to={"claimed_by": None, "claimed_at": None})

    def redeem(self, token_sha256: bytes, *, user_id: str) -> bool:
        """Erase the invitation. Return False where the claim is not this user's."""
        with answering():
            used = self._invites.delete_one({"_id": token_sha256, "claimed_by": user_id})
            return used.deleted_count > 0

    def revoke(self, invite_id: str) -> bool:
        """Erase the invitation of that id. Return False where there is none."""
        with answering():
            return self._invites.delete_one({"invite_id": invite_id}).deleted_count > 0

    def sweep(self, *, now: datetime) -> int:
        """Erase the invitations that expired by ``now`` and return how many."""
        with answering():
            return sweep_expired(self._invites, now=now)

    def _change(self, token_sha256: bytes, *, held_by: str | None, to: Document) -> bool:
        before = {"_id": token_sha256, "claimed_by": held_by}
        with answering():
            return self._invites.update_one(before, {"$set": to}).matched_count > 0

    @property
    def _invites(self) -> Collection[Document]:
        return self._database()["invites"]


def _invite(document: Document) -> Invite:
    return Invite(
        invite_id=document["invite_id"],
        token_sha256=document["_id"],
        created_at=document["created_at"],
        expires_at=document["expires_at"],
        claimed_by=document["claimed_by"],
        claimed_at=document["claimed_at"],
    )
