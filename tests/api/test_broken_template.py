"""A template that does not open: nobody gets in, it is on record, and a code still helps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from apps import b64, refused
from facelogin.cli import main
from facelogin.domain.models import SealedRecord
from facelogin.domain.ports import UserStore
from faces import image_bytes

OBAMA, ALSO_OBAMA, BIDEN = (
    b64(image_bytes(f"{name}.jpg")) for name in ("obama", "obama2", "biden")
)


def with_a_flipped_bit(record: SealedRecord) -> SealedRecord:
    return replace(record, ct=bytes([record.ct[0] ^ 1]) + record.ct[1:])


def with_a_lost_key(record: SealedRecord) -> SealedRecord:
    return replace(record, kid="kek-0000000000000000")


def change_template(users: UserStore, new: SealedRecord) -> None:
    """Change the sealed record in the database, as somebody who has got at it could."""
    user = users.find_by_username("barack")
    assert user is not None
    template = user.template
    assert users.rewrap_template(
        user.user_id, template_id=template.template_id, old=template.record, new=new
    )


def record_of(users: UserStore) -> SealedRecord:
    user = users.find_by_username("barack")
    assert user is not None
    return user.template.record


@pytest.mark.parametrize(
    ("change", "reason"), [(with_a_flipped_bit, "seal_broken"), (with_a_lost_key, "unknown_key")]
)
def test_it_is_refused_like_a_wrong_face_and_on_record(
    app: Flask,
    users: UserStore,
    database_url: str,
    tmp_path: Path,
    change: object,
    reason: str,
) -> None:
    person = {"username": "barack", "email": "barack@example.org", "image": OBAMA}
    client = app.test_client()
    codes = client.post("/register", json=person).get_json()["recovery_codes"]
    wrong = dict(
        refused(client.post("/login", json=person | {"image": BIDEN}), 401, "not_recognised")
    )
    assert callable(change)
    change_template(users, change(record_of(users)))

    right = client.post("/login", json={"username": "barack", "image": ALSO_OBAMA})

    body = dict(refused(right, 401, "not_recognised"))
    request_id, _ = body.pop("request_id"), wrong.pop("request_id")
    assert body == wrong
    environment = {"FACELOGIN_DATABASE_URL": database_url, "FACELOGIN_DATA_DIR": str(tmp_path)}
    tail = CliRunner().invoke(main, ["audit", "tail"], env=environment)
    (line,) = [one for one in tail.stdout.splitlines() if "template_refused" in one]
    assert f"refused  template_refused {reason} " in line
    assert line.endswith(f" request={request_id}")
    assert app.extensions["facelogin"].audit_log.check().sound

    recovery = {"username": "barack", "recovery_code": codes[0]}
    assert client.post("/login/recovery", json=recovery).status_code == 200
    assert client.post("/account/face", json={"image": OBAMA}).status_code == 200
    again = app.test_client().post("/login", json={"username": "barack", "image": ALSO_OBAMA})
    assert again.status_code == 200
