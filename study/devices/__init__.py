"""The devices: name -> module with jobs(...) and measure(...)."""

DEVICES = {
    "host": "study.devices.host",
}
