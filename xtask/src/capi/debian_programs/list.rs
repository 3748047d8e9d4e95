//! The programs and libraries of Debian that use the sequencer.

/// The way a program is started.
#[derive(Clone, Copy)]
pub(super) enum Start {
    /// The program ends by itself.
    Ends(&'static [&'static str]),
    /// The program continues, and has a client of the sequencer.
    Stays(&'static [&'static str]),
    /// The object is not a program, or needs something that is missing here.
    Loads,
}

use Start::{Ends, Loads, Stays};

/// A program, library or module.
pub(super) struct Program {
    pub(super) package: &'static str,
    pub(super) object: &'static str,
    pub(super) start: Start,
    /// Important libraries that it opens at run time.
    pub(super) opens: &'static [&'static str],
    /// Further checks of this program.
    pub(super) more: &'static str,
}

const fn row(package: &'static str, object: &'static str, start: Start) -> Program {
    Program {
        package,
        object,
        start,
        opens: &[],
        more: "",
    }
}

const CALLS: &str = "the same calls";
const WORK: &str = "real work";
const SUITE: &str = "its test suite";

/// Programs that load libraries by their C names.
macro_rules! python {
    ($code:expr) => {
        Ends(&["python3", "-c", $code])
    };
}

const RTMIDI: &str = "\
import ctypes
rtmidi = ctypes.CDLL('librtmidi.so.7')
rtmidi.rtmidi_in_create_default.restype = ctypes.c_void_p
device = ctypes.c_void_p(rtmidi.rtmidi_in_create_default())
print(rtmidi.rtmidi_get_port_count(device))
rtmidi.rtmidi_open_virtual_port(device, b'port')
";

const PORTMIDI: &str = "\
import ctypes
portmidi = ctypes.CDLL('libportmidi.so.2')
print(portmidi.Pm_Initialize(), portmidi.Pm_CountDevices(), portmidi.Pm_Terminate())
";

const TSE3: &str = "\
import ctypes
print(bool(ctypes.CDLL('libtse3-0.3.1.so')))
";

const PYALSA: &str = "\
from pyalsa import alsaseq
sequencer = alsaseq.Sequencer(name='default', clientname='pyalsa')
print(sequencer.connection_list())
print(sequencer.create_simple_port('port', alsaseq.SEQ_PORT_TYPE_APPLICATION))
";

const PYTHON_RTMIDI: &str = "\
import rtmidi
device = rtmidi.MidiIn()
print(device.get_ports())
device.open_virtual_port('port')
";

const MIDI_ALSA: &str = "\
use MIDI::ALSA;
print MIDI::ALSA::client('perl', 1, 1, 0), ' ', MIDI::ALSA::id() > 0, \"\\n\";
";

pub(super) const PROGRAMS: &[Program] = &[
    Program {
        more: WORK,
        ..row(
            "a2jmidid",
            "usr/bin/a2jmidid",
            Ends(&["a2jmidid", "--help"]),
        )
    },
    row("aconnectgui", "usr/bin/aconnectgui", Ends(&["aconnectgui"])),
    row("aeolus", "usr/bin/aeolus", Ends(&["aeolus", "-h"])),
    Program {
        more: CALLS,
        ..row(
            "aj-snapshot",
            "usr/bin/aj-snapshot",
            Ends(&["aj-snapshot", "-h"]),
        )
    },
    Program {
        more: CALLS,
        ..row("alsa-utils", "usr/bin/aconnect", Ends(&["aconnect", "-l"]))
    },
    Program {
        more: CALLS,
        ..row(
            "alsa-utils",
            "usr/bin/aplaymidi",
            Ends(&["aplaymidi", "-l"]),
        )
    },
    Program {
        more: CALLS,
        ..row(
            "alsa-utils",
            "usr/bin/aplaymidi2",
            Ends(&["aplaymidi2", "-h"]),
        )
    },
    Program {
        more: CALLS,
        ..row(
            "alsa-utils",
            "usr/bin/arecordmidi",
            Ends(&["arecordmidi", "-l"]),
        )
    },
    Program {
        more: CALLS,
        ..row(
            "alsa-utils",
            "usr/bin/arecordmidi2",
            Ends(&["arecordmidi2", "-h"]),
        )
    },
    Program {
        more: CALLS,
        ..row("alsa-utils", "usr/bin/aseqdump", Stays(&["aseqdump"]))
    },
    Program {
        more: CALLS,
        ..row("alsa-utils", "usr/bin/aseqnet", Stays(&["aseqnet"]))
    },
    Program {
        more: CALLS,
        ..row("alsa-utils", "usr/bin/aseqsend", Ends(&["aseqsend", "-l"]))
    },
    row(
        "a2jmidid",
        "usr/bin/a2jmidi_bridge",
        Ends(&["a2jmidi_bridge"]),
    ),
    row(
        "a2jmidid",
        "usr/bin/j2amidi_bridge",
        Ends(&["j2amidi_bridge"]),
    ),
    row(
        "drumstick-tools",
        "libdrumstick-alsa.so",
        Ends(&["drumstick-sysinfo"]),
    ),
    row("jackd2", "jack/jack_alsa.so", Loads),
    row("libspa-0.2-modules", "libspa-alsa.so", Loads),
    row("openjdk-25-jre-headless", "libjsound.so", Loads),
    row("libqt6webenginecore6", "libQt6WebEngineCore.so", Loads),
    row(
        "alsa-tools",
        "usr/bin/us428control",
        Ends(&["us428control"]),
    ),
    row(
        "alsa-tools-gui",
        "usr/bin/envy24control",
        Ends(&["envy24control"]),
    ),
    row("aseqjoy", "usr/bin/aseqjoy", Ends(&["aseqjoy", "-h"])),
    row(
        "bluez",
        "usr/libexec/bluetooth/bluetoothd",
        Ends(&["/usr/libexec/bluetooth/bluetoothd", "--version"]),
    ),
    row("bristol", "libbristolmidi.so", Ends(&["bristol", "-V"])),
    Program {
        opens: &["libSDL3.so.0"],
        ..row("dosbox", "usr/bin/dosbox", Ends(&["dosbox", "-version"]))
    },
    row(
        "dosbox-x",
        "usr/bin/dosbox-x",
        Ends(&["dosbox-x", "-version"]),
    ),
    row(
        "dsmidiwifi",
        "usr/bin/DSMIDIWiFi",
        Stays(&["DSMIDIWiFi", "69"]),
    ),
    row("furnace", "usr/bin/furnace", Ends(&["furnace", "-version"])),
    row(
        "gmidimonitor",
        "usr/bin/gmidimonitor",
        Ends(&["gmidimonitor"]),
    ),
    row("iannix", "usr/bin/iannix", Stays(&["iannix"])),
    Program {
        more: SUITE,
        ..row(
            "libmidi-alsa-perl",
            "auto/MIDI/ALSA/ALSA.so",
            Ends(&["perl", "-e", MIDI_ALSA]),
        )
    },
    Program {
        more: SUITE,
        ..row("libportmidi2", "libportmidi.so.2", python!(PORTMIDI))
    },
    Program {
        more: SUITE,
        ..row("librtmidi7", "librtmidi.so.7", python!(RTMIDI))
    },
    row("libtse3-0.3.1t64", "libtse3", python!(TSE3)),
    row("midish", "usr/bin/midish", Ends(&["midish", "-b"])),
    row("nted", "usr/bin/nted", Ends(&["nted"])),
    Program {
        more: CALLS,
        ..row("pmidi", "usr/bin/pmidi", Ends(&["pmidi", "-l"]))
    },
    row("python3-pyalsa", "pyalsa/alsaseq.cpython", python!(PYALSA)),
    Program {
        more: SUITE,
        ..row("python3-rtmidi", "rtmidi/_rtmidi", python!(PYTHON_RTMIDI))
    },
    row(
        "qlcplus",
        "qlcplus/libmidiplugin.so",
        Ends(&["qlcplus", "--version"]),
    ),
    row("qmidiarp", "usr/bin/qmidiarp", Stays(&["qmidiarp", "-a"])),
    row("qmidinet", "usr/bin/qmidinet", Stays(&["qmidinet"])),
    row("qmidiroute", "usr/bin/qmidiroute", Stays(&["qmidiroute"])),
    Program {
        more: WORK,
        ..row("qpwgraph", "usr/bin/qpwgraph", Stays(&["qpwgraph"]))
    },
    row(
        "qtractor",
        "usr/bin/qtractor",
        Ends(&["qtractor", "--version"]),
    ),
    row("rakarrack", "usr/bin/rakarrack", Ends(&["rakarrack", "-h"])),
    row(
        "rosegarden",
        "usr/bin/rosegarden",
        Ends(&["rosegarden", "--version"]),
    ),
    row(
        "sooperlooper",
        "usr/bin/sooperlooper",
        Ends(&["sooperlooper", "-V"]),
    ),
    row(
        "supercollider-language",
        "usr/bin/sclang",
        Ends(&["sclang", "-v"]),
    ),
    row(
        "synthv1",
        "usr/bin/synthv1_jack",
        Ends(&["synthv1_jack", "--version"]),
    ),
    row("tutka", "usr/bin/tutka", Stays(&["tutka"])),
    row("tuxguitar-alsa", "libtuxguitar-alsa-jni.so", Loads),
    row("vkeybd", "usr/bin/vkeybd", Ends(&["vkeybd", "--help"])),
    row(
        "woof-doom",
        "usr/games/woof",
        Ends(&["/usr/games/woof", "-version"]),
    ),
    Program {
        more: WORK,
        ..row(
            "fluidsynth",
            "libfluidsynth.so.3",
            Ends(&["fluidsynth", "--version"]),
        )
    },
    Program {
        more: WORK,
        ..row(
            "timidity",
            "usr/bin/timidity",
            Ends(&["timidity", "--version"]),
        )
    },
    Program {
        more: WORK,
        ..row(
            "qjackctl",
            "usr/bin/qjackctl",
            Ends(&["qjackctl", "--version"]),
        )
    },
];
