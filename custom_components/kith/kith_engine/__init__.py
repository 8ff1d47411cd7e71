"""Kith's vision engine: pictures in, people and faces as numbers out. No gallery, no names, no Home Assistant."""

VERSION = "0.1.0"
