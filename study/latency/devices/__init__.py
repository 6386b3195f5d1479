"""The devices."""

from study.registry import Device

DEVICES = {
    "host": Device("study.latency.devices.host"),
    "rpi4_emulated": Device("study.latency.devices.rpi4.rpi4_emulated", (("tflite_runtime", 1), ("ai_edge_litert", 1))),
    # The interpreter whose published times could validate a prediction.
    "rpi4_predicted": Device("study.latency.devices.rpi4.rpi4_predicted", (("tflite_runtime", 1),)),
    "ssh": Device("study.latency.devices.remote.ssh"),
}
