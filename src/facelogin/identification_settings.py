"""The options of signing in without a username."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings

from facelogin.domain.identification import IdentificationMode, IdentificationPolicy, SearchRates


class IdentificationSettings(BaseSettings):
    """Whether a face alone says who somebody is, and how many strangers it may be wrong about."""

    identification: IdentificationMode = IdentificationMode.OFF
    identification_rates: SearchRates = SearchRates.MEASURED
    target_fpir: float = Field(default=1e-3, gt=0, lt=1, allow_inf_nan=False)


def identification_policy(
    settings: IdentificationSettings, *, target_fmr: float
) -> IdentificationPolicy:
    """Return what these settings demand of a sign-in without a name.

    ``target_fmr`` is the false-match rate of a comparison with a name.
    """
    return IdentificationPolicy(
        mode=settings.identification,
        target_fpir=settings.target_fpir,
        target_fmr=target_fmr,
        rates=settings.identification_rates,
    )
