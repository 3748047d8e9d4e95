//! PortMidi's test programs. All except one are interactive, so their output is compared.

use std::fs;
use std::process::Command;

use anyhow::Result;

use super::c::SUITE;
use super::verdicts;
use super::work::{Run, Work, build};
use crate::debian;

const LIBRARY: [&str; 7] = [
    "pm_common/portmidi.c",
    "pm_common/pmutil.c",
    "pm_linux/pmlinux.c",
    "pm_linux/pmlinuxalsa.c",
    "pm_linux/finddefault.c",
    "porttime/porttime.c",
    "porttime/ptlinux.c",
];

const PROGRAMS: [&str; 4] = ["qtest", "test", "mm", "sysex"];

/// All programs, with "Midi Through": the first output port is number 0, the first input port is
/// number 1. `test` sends 15 messages, the second time through a queue. `sysex` sends messages of
/// some length. Their number is so small that the receivers have room for all.
const SCRIPT: &str = r"
./qtest || echo qtest: status $?
lines='4\n0\n\n\n\n\n\n\n\n\n\n'
sh duet.sh './test -l 0' '1\n1\n' 'Connected From' 'finished' '\n' './test -l 0' $lines
sh duet.sh ./mm '1\n' 'Monitor ready' '^905A00' 'q\n' './test -l 100' $lines
for pair in '7\n20' '50\n20' '1000\n2'; do
    sh duet.sh ./sysex 'n\n1\n' 'Connected From' 'success\|error' 'q\n' \
        ./sysex 'm\n0\n0\n'$pair'\nq\n'
done
";

pub(super) fn all(work: &Work) -> Result<Run> {
    let source = debian::source(SUITE, "portmidi")?;
    let directory = work.fresh("portmidi")?;
    let cc = || {
        let mut cc = Command::new("cc");
        cc.args(["-O1", "-w", "-DPMALSA"]).current_dir(&directory);
        for directory in ["pm_common", "pm_linux", "porttime"] {
            cc.arg("-I").arg(source.join(directory));
        }
        cc
    };
    let mut library = cc();
    library
        .arg("-c")
        .args(LIBRARY.map(|file| source.join(file)));
    build("building PortMidi", &mut library)?;
    let objects = LIBRARY.map(|file| {
        let name = file.rsplit('/').next().unwrap_or(file);
        name.replace(".c", ".o")
    });
    for name in PROGRAMS {
        let mut program = cc();
        program.arg(source.join("pm_test").join(format!("{name}.c")));
        program
            .args(&objects)
            .args(["-o", name, "-lasound", "-lpthread"]);
        build(&format!("building {name} of PortMidi"), &mut program)?;
    }
    fs::write(directory.join("duet.sh"), super::DUET)?;
    let mut run = Run::new(directory, ["sh", "-c", SCRIPT], verdicts::lines);
    run.is_output = true;
    Ok(run)
}
