from __future__ import annotations

import re

from tests.eventually import eventually
from tests.simulator.payments import CLIENT, look_up, order, post
from tests.simulator_process import SimulatorProcess


def test_it_shows_totals_and_the_latest_payments(own_simulator: SimulatorProcess) -> None:
    assert "No money has left yet." in CLIENT.get(own_simulator.url).text
    bodies = [order(amount="1.50"), order(amount="2.25")]
    for body in bodies:
        post(own_simulator.url, body)
    text = CLIENT.get(own_simulator.url).text
    assert "3.75 EUR" in text
    assert text.index(bodies[1]["reference"]) < text.index(bodies[0]["reference"])
    assert 'class="double"' not in text


def test_a_double_payment_is_red(own_simulator: SimulatorProcess) -> None:
    body = order("forget:0")
    post(own_simulator.url, body)
    eventually(lambda: look_up(own_simulator.url, body["reference"]).status_code == 404)
    post(own_simulator.url, body)
    post(own_simulator.url, order())
    text = CLIENT.get(own_simulator.url).text
    assert "1 payments too many" in text
    red = re.findall(r'<tr class="double">.*?</tr>', text)
    assert len(red) == 4  # Twice among the doubles, twice among the latest.
    assert all(body["reference"] in row for row in red)


def test_it_loads_nothing_from_anywhere(simulator: SimulatorProcess) -> None:
    answer = CLIENT.get(simulator.url)
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert not re.search(r"<(script|link|img|iframe)|src=|href=|@import|url\(", answer.text)
