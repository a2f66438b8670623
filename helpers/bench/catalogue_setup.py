"""Mistakes of labs that examine what was set up: topologies, topics, streams, configuration files."""

from helpers.bench.mistake import Mistake

SETUP: tuple[Mistake, ...] = ()
