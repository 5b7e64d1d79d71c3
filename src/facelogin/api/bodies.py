"""The body of a request, JSON or multipart, becomes one validated model.

flask-openapi3 validates one media type per operation, and turns what is not JSON into an empty
body. Registration and login take two, and tell the failures apart, so bodies are read here and only
described there.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from io import BytesIO
from typing import IO, Any, NoReturn, TypeVar

from flask import Request, current_app, g, request
from pydantic import ValidationError
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import ClientDisconnected
from werkzeug.formparser import FormDataParser

from facelogin.api.errors import IMAGES, TAKES_IMAGES
from facelogin.api.intake import hold_body, parsing_turn
from facelogin.api.schemas import Body
from facelogin.api.sentences import field_sentences
from facelogin.domain.errors import InvalidRequest, MediaTypeUnsupported, NotJson
from facelogin.services.intake import SMALL_BYTES

BodyT = TypeVar("BodyT", bound=Body)

MAX_IMAGES_LENGTH = "MAX_IMAGES_LENGTH"
"""In the application's configuration: the largest body with images, in bytes."""

_NO_BOUNDARY = (
    "The Content-Type of this form names no boundary. Let what sends it set that header itself: "
    "multipart/form-data alone does not say where one part ends."
)
_BROKEN_FORM = (
    "This form can't be read: its parts are not divided by the boundary that the Content-Type "
    "names, or a part lacks its headers or its end."
)
_JSON, _FORM = "application/json", "multipart/form-data"
_MOST_VALUES = 10_000
"""That a large JSON body may hold: no request has a hundred, and each costs more than its text."""
_BETWEEN = (b",", b"[", b"{")
_TOO_MANY_VALUES = "The JSON of this request has more values than any request needs."
_ENCODED = "Send the body as it is, without Content-Encoding: compressed bodies are not taken."
_NOT_UTF8 = "The body of this request is not UTF-8."
_EMPTY = "The body of this request is empty. Send a JSON object."
_NOT_WHOLE = "The body of this request did not arrive whole. Please send it again."
_TWICE = "This is given more than once."
_NOT_A_FILE = "Send this as a file part, with a filename."


class _StrictFormParser(FormDataParser):
    """Tells a broken form from an empty one: Werkzeug's own takes both for the latter."""

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - as Werkzeug's
        super().__init__(*args, **options)
        self.silent = False


class InMemoryRequest(Request):
    """A request whose file parts never touch a disk: frames live in memory for one request."""

    form_data_parser_class = _StrictFormParser

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002 - Werkzeug names these
        content_type: str | None,  # noqa: ARG002
        filename: str | None = None,  # noqa: ARG002
        content_length: int | None = None,  # noqa: ARG002
    ) -> IO[bytes]:
        return BytesIO()


def parse_body(model: type[BodyT], *, private_domains: Collection[str] = ()) -> BodyT:
    """Return the body of the current request as a validated ``model``.

    A body with images may be larger than others.

    Raises MediaTypeUnsupported, NotJson, InvalidRequest naming the fields, or Werkzeug's
    RequestEntityTooLarge before anything is parsed. A large one is also refused before it is read,
    as ``hold_body`` does.
    """
    if model.takes_images:
        request.max_content_length = current_app.config[MAX_IMAGES_LENGTH]
        setattr(g, TAKES_IMAGES, True)
    if request.mimetype not in {_JSON, _FORM}:
        raise MediaTypeUnsupported
    _refuse_encoded()
    is_form = request.mimetype == _FORM
    raw = _form_body() if is_form else _whole_body()
    with parsing_turn(len(raw)):
        given = _multipart(raw) if is_form else _with_images(_json_object(raw))
        del raw  # what was made of it takes as much
        across = model.across_fields(given)
        try:
            body = model.parse(given, private_domains=private_domains)
        except ValidationError as error:
            raise InvalidRequest(fields=across | field_sentences(error)) from None
    if across:
        raise InvalidRequest(fields=across)
    return body


def read_json(media_types: Collection[str], *, most_bytes: int) -> object:
    """Return the JSON value that the body of the current request is, whatever it may be.

    Raises MediaTypeUnsupported, NotJson, or Werkzeug's RequestEntityTooLarge.
    """
    if request.mimetype not in media_types:
        raise MediaTypeUnsupported(f"Send this as {', '.join(media_types)}.")
    request.max_content_length = most_bytes
    return _json_value(_whole_body())


def parse_parts(text: str) -> tuple[str, dict[str, bytes]]:
    """Return the text part of that name and every file part by its name, of a multipart body.

    Raises MediaTypeUnsupported, InvalidRequest, or Werkzeug's RequestEntityTooLarge.
    """
    if request.mimetype != _FORM:
        raise MediaTypeUnsupported(f"Send this as {_FORM}.")
    _refuse_encoded()
    setattr(g, TAKES_IMAGES, True)
    raw = _form_body()
    with parsing_turn(len(raw)):
        given = _multipart(raw)
    value = given.pop(text, None)
    if not isinstance(value, str):
        raise InvalidRequest(fields={text: "This is missing."})
    return value, {name: part for name, part in given.items() if isinstance(part, bytes)}


def parse_text(model: type[BodyT], raw: str) -> BodyT:
    """Return JSON that came as text as a validated ``model``. Raises NotJson, InvalidRequest."""
    try:
        return model.parse(_json_object(raw.encode()), private_domains=())
    except ValidationError as error:
        raise InvalidRequest(fields=field_sentences(error)) from None


def _with_images(given: dict[str, object]) -> dict[str, object]:
    """Return what was given, and note the places of its images."""
    if isinstance(images := given.get(IMAGES), list):
        setattr(g, IMAGES, range(len(images)))
    return given


def _refuse_encoded() -> None:
    """Raise MediaTypeUnsupported for a body that has to be unpacked: a small one may be huge."""
    if request.headers.get("Content-Encoding", "").strip().lower() not in {"", "identity"}:
        raise MediaTypeUnsupported(_ENCODED)


def _whole_body() -> bytes:
    """Return the body, or raise RequestEntityTooLarge.

    A body whose length was not announced is cut off at the limit without a word, unless one asks
    for more. Raises NotJson where the client left, or its chunks break, before the end; and, before
    any of it is read, as ``hold_body``.
    """
    stream, most = request.stream, request.max_content_length or 0
    hold_body(most if request.content_length is None else request.content_length)
    try:
        body = stream.read()
        if request.content_length is None:
            stream.read(1)
    except ClientDisconnected as error:
        raise NotJson(_NOT_WHOLE) from error
    return body


def _json_object(raw: bytes) -> dict[str, object]:
    value = _json_value(raw)
    if not isinstance(value, dict):
        raise InvalidRequest("The body of this request must be a JSON object.")
    return value


def _form_body() -> bytes:
    """Return the body of a form, or raise as ``_whole_body`` does."""
    if not request.mimetype_params.get("boundary"):
        raise InvalidRequest(_NO_BOUNDARY)
    try:
        return _whole_body()
    except NotJson as error:
        raise InvalidRequest(error.message) from error


def _json_value(raw: bytes) -> object:
    if not raw.strip():
        raise NotJson(_EMPTY)
    if len(raw) > SMALL_BYTES and sum(map(raw.count, _BETWEEN)) > _MOST_VALUES:
        raise NotJson(_TOO_MANY_VALUES)
    try:
        value: object = json.loads(
            raw.decode("utf-8-sig"), object_pairs_hook=_once_each, parse_constant=_no_constant
        )
    except UnicodeDecodeError:
        raise NotJson(_NOT_UTF8) from None
    except (ValueError, RecursionError):
        raise NotJson from None  # the cause would carry the whole body with it
    return value


def _once_each(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that comes twice: readers would differ in which of the two they believe."""
    members = dict(pairs)
    if len(members) != len(pairs):
        _refuse_repeated(key for key, _ in pairs)
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _multipart(raw: bytes) -> dict[str, object]:
    """Return text parts by name and file parts as bytes; ``images`` is a list of them.

    An empty part without a filename is a form's file input that nobody filled in. It is no image,
    and has its place among them: refusals count the parts that the client sent.
    """
    form, uploads = _form(raw)
    files = [(name, _taken(upload), upload.filename) for name, upload in uploads.items(multi=True)]
    sent = [(name, data) for name, data, filename in files if data or filename]
    singles: list[tuple[str, object]] = [(name, data) for name, data in sent if name != IMAGES]
    parts = [data if data or filename else None for name, data, filename in files if name == IMAGES]
    several = [data for data in parts if data is not None]
    setattr(g, IMAGES, [place for place, data in enumerate(parts) if data is not None])
    texts = list(form.items(multi=True))
    if any(name is None for name, *_ in (*files, *texts)):
        raise InvalidRequest("Every part of the form needs a name.")
    _refuse_repeated([*(name for name, _ in texts), *(name for name, _ in singles)])
    text_images = {name for name, _ in texts} & {"image", IMAGES}
    if text_images:
        raise InvalidRequest(fields=dict.fromkeys(text_images, _NOT_A_FILE))
    return dict(texts) | dict(singles) | ({IMAGES: several} if several else {})


def _taken(upload: FileStorage) -> bytes:
    """Return a file part's bytes, and let go of the copy that the request would keep."""
    data = upload.stream.read()
    upload.close()
    return data


def _form(raw: bytes) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
    """Return a form's texts and files as Werkzeug reads them. Raises InvalidRequest if it can't."""
    parser = request.make_form_data_parser()
    try:
        _, texts, files = parser.parse(
            BytesIO(raw), request.mimetype, len(raw), request.mimetype_params
        )
    except ValueError:  # whose text may quote the body
        raise InvalidRequest(_BROKEN_FORM) from None
    return texts, files


def _refuse_repeated(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InvalidRequest(fields={_nameable(name): _TWICE})
        seen.add(name)


def _nameable(name: str) -> str:
    """Return a name from a client short and encodable enough to be told back."""
    return name[:64].encode("utf-8", "replace").decode("utf-8")
