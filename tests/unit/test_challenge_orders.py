"""The order of turns: one of fourteen, drawn by the server, and by nothing else."""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from itertools import pairwise

import pytest

from apps import fake_app_with
from doubles import ClearBox, HandClock, MemoryChallenges, Switch, fake_services
from facelogin.api.schemas import ChallengeBody
from facelogin.domain.challenge import Challenge, ChallengePurpose, Direction, orders
from facelogin.services.challenges import Challenges
from facelogin.services.wiring import Adapters
from facelogin.settings import Settings

DRAWS = 2000
GENEROUS = 60.0
"""Chi-square with 13 degrees of freedom exceeds this once in twenty million runs."""


def drawn_orders(challenges: Challenges) -> Iterator[tuple[Direction, ...]]:
    while True:
        yield challenges.begin(ChallengePurpose.LOGIN, "ana", capture=None).challenge.order


def default_challenges() -> Challenges:
    store = MemoryChallenges(Switch())
    return Challenges(store=store, box=ClearBox(), clock=HandClock())


def test_there_are_fourteen_orders() -> None:
    assert len(orders()) == len(set(orders())) == 14


@pytest.mark.parametrize("order", orders())
def test_every_order_has_both_sides_and_no_turn_twice_in_a_row(
    order: tuple[Direction, ...],
) -> None:
    assert len(order) == 3
    assert {Direction.LEFT, Direction.RIGHT} <= set(order)
    assert all(one is not other for one, other in pairwise(order))


def test_every_direction_may_come_first_and_last() -> None:
    assert {order[0] for order in orders()} == set(Direction)
    assert {order[-1] for order in orders()} == set(Direction)


def test_all_orders_are_drawn_about_as_often() -> None:
    drawn = drawn_orders(default_challenges())
    counts = Counter(next(drawn) for _ in range(DRAWS))
    assert set(counts) == set(orders())
    expected = DRAWS / len(orders())
    assert sum((count - expected) ** 2 / expected for count in counts.values()) < GENEROUS


def test_the_draw_is_the_systems_own_and_no_seed_repeats_it() -> None:
    (draw,) = [field.default for field in fields(Adapters) if field.name == "draw"]
    assert draw == secrets.choice
    runs = []
    for _ in range(2):
        random.seed(1)
        drawn = drawn_orders(
            fake_services(Settings(_env_file=None)).services.live_capture._challenges
        )
        runs.append([next(drawn) for _ in range(50)])
    assert runs[0] != runs[1]


def test_no_setting_and_no_field_of_a_request_names_an_order() -> None:
    names = {*Settings.model_fields, *ChallengeBody.model_fields}
    suspicious = ("order", "direction", "seed", "step_", "turn", "sequence", "draw", "random")
    assert [name for name in names if any(word in name for word in suspicious)] == []


def test_a_client_that_names_an_order_is_drawn_one() -> None:
    """Whatever else is in the request, the draw is asked, and is given every order."""
    asked = []

    def draw(choices: object) -> tuple[Direction, ...]:
        asked.append(choices)
        return orders()[0]

    fake = fake_app_with(draw=draw)
    wish = ["up", "left", "right"]
    wishes = dict.fromkeys(
        ("order", "directions", "direction", "steps", "turns", "sequence", "step", "draw"), wish
    )
    seeds = dict.fromkeys(("seed", "random", "random_state", "challenge_id", "nonce"), "1")
    for body in ({}, wishes, seeds, wishes | seeds):
        begun = fake.client.post(
            f"/challenges?order={','.join(wish)}&seed=1",
            json={"purpose": "login", "username": "ana"} | body,
            headers={"X-Order": ",".join(wish), "X-Seed": "1"},
        )
        assert begun.status_code == 201
        assert begun.get_json()["step"]["type"] == "centre"
    assert asked == [orders()] * 4


def test_every_challenge_has_its_own_id_nonce_and_cookie() -> None:
    challenges = default_challenges()
    begun = [challenges.begin(ChallengePurpose.LOGIN, "ana", capture=None) for _ in range(50)]
    made: list[Challenge] = [one.challenge for one in begun]
    for values in (
        [one.challenge_id for one in made],
        [one.nonce for one in made],
        [one.capture for one in begun],
    ):
        assert len(set(values)) == 50
        assert all(len(value) >= 32 for value in values)
