"""Inputs of the estate's mutations."""
