"""The sensors, one module for each kind of device that they are about."""
