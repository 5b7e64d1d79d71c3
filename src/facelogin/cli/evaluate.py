"""``facelogin evaluate``: how often it is wrong, with whom, and how fast. A module a command."""

from __future__ import annotations

import click

from facelogin.cli.evaluate_bursts import bursts
from facelogin.cli.evaluate_calibrate import calibrate
from facelogin.cli.evaluate_conditions import conditions
from facelogin.cli.evaluate_gates import gates
from facelogin.cli.evaluate_identify import identify
from facelogin.cli.evaluate_latency import latency
from facelogin.cli.evaluate_paces import paces
from facelogin.cli.evaluate_pad import pad
from facelogin.cli.evaluate_verify import verify


@click.group()
def evaluate() -> None:
    """Measure error rates and speed, on your own pictures and your own machine."""


for command in (bursts, calibrate, conditions, gates, identify, latency, pad, paces, verify):
    evaluate.add_command(command)
