"""The game of a task and a method: its state, its vector field, the players' moves."""

from bench.gan.game.game import Game

__all__ = ["Game"]
