"""Trains the networks of the compact pack from random initialization; see `models/training/train --help`."""
