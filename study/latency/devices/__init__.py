"""The devices."""

from study.registry import Device

DEVICES = {
    "host": Device(
        "study.latency.devices.host",
        note="A figure of the device \u201chost\u201d holds for the one machine that measured it. On another, even one "
        "with a processor of the same name, some files may take a multiple of the time and others not, so that their "
        "order is another. It is not one of a Raspberry Pi or any other device, and ratios do not carry over either. A "
        "number behind the name is another machine, or one that is not known to be the same.",
    ),
    # The interpreter whose published times could validate a prediction.
    "rpi4_predicted": Device(
        "study.latency.devices.rpi4.rpi4_predicted",
        (("tflite_runtime", 1),),
        "Raspberry Pi 4B",
        "A figure of the kind \u201cpredicted\u201d is computed for a Raspberry Pi 4B, not timed on one: from the "
        "instructions and cache misses of an emulation, or, where it says so, from the model file alone. The error "
        "beside it is what predictions made alike missed known times of the same kind of network by, each architecture "
        "predicted without it: those of the 2021 study, whole networks in float32 or int8 on 32x32 images, or of your "
        "own board. All other kinds are not validated: other schemes, pruned and narrowed networks, other strides and "
        "image sizes; nor are ratios of predictions. What it cannot know: clock, cooling and operating system of your "
        "board; XNNPACK kernels (it stands for built-in ones of tflite-runtime 2.14), several threads. A prediction "
        "from the file takes no account of which kernels an operator has. Quote no time from it as measured.",
    ),
    "rpi4_emulated": Device(
        "study.latency.devices.rpi4.rpi4_emulated",
        (("tflite_runtime", 1), ("ai_edge_litert", 1)),
        "Raspberry Pi 4B",
        "A figure of the kind \u201cemulated\u201d is a count from real aarch64 programs in an emulated Cortex-A72, "
        "equal in every run. How long the emulator takes says nothing about a board and is not kept.",
    ),
    "ssh": Device("study.latency.devices.remote.ssh"),
}
