"""A house for trying Kith: drawn rooms, loopback cameras, a real Home Assistant, and a story that checks itself."""
