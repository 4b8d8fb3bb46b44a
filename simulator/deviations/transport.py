"""Deviations of how the bytes of an answer are sent."""

from __future__ import annotations

from dataclasses import replace

from simulator.deviations.shapes import ALL, Answer, Deviation, Scene, Sending


def _sent(name: str, text: str, sending: Sending) -> Deviation:
    def say(answer: Answer, scene: Scene) -> Answer:  # noqa: ARG001 - the signature of a hook
        return replace(answer, sending=sending)

    return Deviation(name, text, ALL, say=say)


TRANSPORT = (
    _sent("slow", "The answer begins two seconds late.", "slow"),
    _sent("head-dribbled", "The headers come byte by byte, ten a second.", "head by bytes"),
    _sent("body-dribbled", "The body comes byte by byte, ten a second.", "body by bytes"),
    _sent("connection-reset", "The connection is reset before the answer.", "reset"),
    _sent("body-cut", "The connection ends in the middle of the body.", "cut"),
)
