"""Kith's eyes: pictures in, people and faces in numbers out. No gallery, no names, no Home Assistant."""

VERSION = "0.1.0"
