"""A house to try Kith in: drawn rooms, loopback cameras, a real Home Assistant, and a story that checks itself."""
