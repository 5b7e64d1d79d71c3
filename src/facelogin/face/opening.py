"""From the name of an engine, or the mark on a template, to the recogniser that it means.

Runtimes are imported only once a recogniser is opened: whoever forks workers asks for names and
tables here, and for nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from facelogin.domain.calibration import Calibration
from facelogin.domain.custom_model import CustomModel
from facelogin.domain.errors import ConfigurationError, EngineUnavailable
from facelogin.domain.models import EngineRef
from facelogin.face.calibration import load_calibration
from facelogin.face.custom_files import SETTING, open_custom
from facelogin.face.engines import BUILT_IN, CUSTOM, REFERENCE, REFERENCE_ROW
from facelogin.face.model_files import open_model_files
from facelogin.face.refs import reference_ref

if TYPE_CHECKING:
    from facelogin.domain.ports import FaceEngine
    from facelogin.face.decoding import Decoder
    from facelogin.face.recogniser import DefaultRecogniser


@dataclass(frozen=True, slots=True)
class EngineFiles:
    """Where engines find their files: weights, the table of the default engine, the own model.

    None is what comes with the package; no model of the operator's own does.
    """

    weights_folder: Path | None = None
    calibration_file: Path | None = None
    custom: CustomModel | None = None

    @property
    def of_others(self) -> EngineFiles:
        """The same for engines beside the default one, which have tables of their own."""
        return replace(self, calibration_file=None)


def ref_of(name: str, files: EngineFiles) -> EngineRef:
    """Return the mark that templates of this engine carry. Raises ConfigurationError."""
    if name == REFERENCE:
        return reference_ref()
    if name == CUSTOM:
        return open_custom(_custom_model(files)).ref
    return BUILT_IN[name].ref_in(open_model_files(files.weights_folder))


def calibration_of(name: str, files: EngineFiles) -> Calibration:
    """Return the table of this engine, as the default one. Raises ConfigurationError."""
    if name == CUSTOM:
        custom = open_custom(_custom_model(files))
        return load_calibration(custom.ref, files.calibration_file or custom.calibration_file)
    return load_calibration(ref_of(name, files), files.calibration_file)


def names_of(
    engines: Iterable[EngineRef], files: EngineFiles, *, skip_unavailable: bool = False
) -> dict[EngineRef, str]:
    """Return the names of the engines that made templates.

    Raises EngineUnavailable for one that can't run here, unless such are left out.
    """
    wanted = tuple(engines)
    here = _known(files) if wanted else {}
    found = {}
    for engine in wanted:
        if engine in here:
            found[engine] = here[engine]
        elif not skip_unavailable:
            raise EngineUnavailable(engine, known=sorted(here, key=lambda one: one.id))
    return found


def open_engine(
    name: str,
    files: EngineFiles,
    *,
    decoder: Decoder,
    beside: Iterable[EngineRef] = (),
    every_face: bool = False,
) -> FaceEngine:
    """Return the engine of that name, nothing loaded yet.

    ``beside`` are further engines whose templates are to be compared. ``every_face``: faces in the
    background are described, too.

    Raises ConfigurationError, EngineUnavailable for one of ``beside`` that can't run here.
    """
    from facelogin.face.engine import OnnxFaceEngine  # noqa: PLC0415 - loads a runtime
    from facelogin.face.reference import ReferenceFaceEngine  # noqa: PLC0415

    own = ref_of(name, files)
    names = names_of([one for one in beside if one != own], files)
    others = [_recogniser(one, files.of_others) for one in names.values()]
    if name == REFERENCE and not others:
        return ReferenceFaceEngine(decoder=decoder, calibration_file=files.calibration_file)
    return OnnxFaceEngine(
        weights_folder=files.weights_folder,
        decoder=decoder,
        recogniser=_recogniser(name, files),
        others=others,
        **({"min_relative_width": 0.0} if every_face else {}),
    )


def _known(files: EngineFiles) -> dict[EngineRef, str]:
    """Return every engine that can run here, by its mark."""
    names = (*BUILT_IN, CUSTOM) if files.custom else BUILT_IN
    known = {ref_of(name, files): name for name in names}
    try:
        known[reference_ref()] = REFERENCE_ROW.name
    except ConfigurationError:  # the library is not installed: one engine less
        return known
    return known


def _custom_model(files: EngineFiles) -> CustomModel:
    if files.custom is None:
        raise ConfigurationError(
            f"{SETTING} is not set: the operator's own recogniser, an ONNX file and its checksum, "
            "like /srv/faces/model.onnx#sha256=<64 hex digits>."
        )
    return files.custom


def _recogniser(name: str, files: EngineFiles) -> DefaultRecogniser:
    from facelogin.face.custom_network import custom_recogniser  # noqa: PLC0415 - loads a runtime
    from facelogin.face.recogniser import recogniser_in  # noqa: PLC0415
    from facelogin.face.reference import ReferenceRecogniser  # noqa: PLC0415

    if name == REFERENCE:
        return ReferenceRecogniser(calibration_file=files.calibration_file)
    if name == CUSTOM:
        custom = open_custom(_custom_model(files))
        return custom_recogniser(custom, calibration_file=files.calibration_file)
    return recogniser_in(
        open_model_files(files.weights_folder),
        BUILT_IN[name],
        calibration_file=files.calibration_file,
    )
