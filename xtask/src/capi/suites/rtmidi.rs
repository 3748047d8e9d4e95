//! RtMidi's test programs. All except one are interactive, so their output is compared.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::c::SUITE;
use super::verdicts;
use super::work::{Run, Work, build};
use crate::debian;

/// The programs.
const PROGRAMS: [&str; 6] = [
    "apinames.cpp",
    "testcapi.c",
    "midiprobe.cpp",
    "sysextest.cpp",
    "midiout.cpp",
    "cmidiin.cpp",
];

/// All programs, with "Midi Through", which is the first port for input and for output.
const SCRIPT: &str = r"
for program in ./apinames ./testcapi ./midiprobe; do
    $program || echo $program: status $?
done
for length in 0 5 200 1500; do
    printf 'n\n0\nn\n0\n' | ./sysextest $length || echo status $?
done
sh duet.sh ./cmidiin 'n\n0\n' 'Reading MIDI input' 'Byte 5 = 247' '\n' ./midiout 'n\n0\n'
";

pub(super) fn all(work: &Work) -> Result<Run> {
    let source = debian::source(SUITE, "rtmidi")?;
    let directory = work.fresh("rtmidi")?;
    let cxx = || {
        let mut cxx = Command::new("c++");
        cxx.args(["-O1", "-D__LINUX_ALSA__", "-I"]).arg(&source);
        cxx.current_dir(&directory);
        cxx
    };
    let mut library = cxx();
    library
        .arg("-c")
        .args(["RtMidi.cpp", "rtmidi_c.cpp"].map(|file| source.join(file)));
    build("building RtMidi", &mut library)?;
    for file in PROGRAMS {
        let (name, _) = file.split_once('.').context("no file name")?;
        let mut program = cxx();
        if file.ends_with(".c") {
            // Compiled as C, not as C++.
            program = Command::new("cc");
            program
                .arg("-c")
                .arg("-I")
                .arg(&source)
                .current_dir(&directory);
            program.arg(source.join("tests").join(file));
            build(&format!("building {name} of RtMidi"), &mut program)?;
            program = cxx();
            program.arg(format!("{name}.o"));
        } else {
            program.arg(source.join("tests").join(file));
        }
        program.args([
            "RtMidi.o",
            "rtmidi_c.o",
            "-o",
            name,
            "-lasound",
            "-lpthread",
        ]);
        build(&format!("building {name} of RtMidi"), &mut program)?;
    }
    fs::write(directory.join("duet.sh"), super::DUET)?;
    let mut run = Run::new(directory, ["sh", "-c", SCRIPT], verdicts::lines);
    run.is_output = true;
    Ok(run)
}
