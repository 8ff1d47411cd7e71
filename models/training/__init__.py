"""Trains the networks of the compact pack from random initialisation; see `models/training/train --help`."""
