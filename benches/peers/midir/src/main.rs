//! `midir`, as a program would use it: it has a thread for input, and every
//! message is one event that goes out at once.

use std::sync::mpsc::channel;

use bench_protocol::{Run, serve};
use midir::os::unix::VirtualInput as _;
use midir::{Ignore, MidiInput, MidiOutput};

fn main() {
    serve(|workload, size| match workload {
        "open" => Some(Box::new(|count| {
            for _ in 0..count {
                MidiOutput::new("midir").expect("open");
            }
        })),
        "roundtrip" => Some(messages(1, vec![0x90, 60, 100])),
        // Its receiver has the kernel's pool of 200 cells, which cannot be changed:
        // more at once and everything is lost.
        "batch" | "onebyone" if size < 150 => Some(messages(size, vec![0x90, 60, 100])),
        "sysex" if size < 5000 => {
            let mut bytes = vec![0x55; size];
            if let [first, .., last] = bytes.as_mut_slice() {
                (*first, *last) = (0xf0, 0xf7);
            }
            Some(messages(1, bytes))
        }
        _ => None,
    });
}

fn messages(size: usize, message: Vec<u8>) -> Run {
    let (told, come) = channel();
    let mut input = MidiInput::new("midir receiver").expect("open");
    input.ignore(Ignore::None);
    let name = format!("midir-{}", std::process::id());
    let input = input
        .create_virtual(
            &name,
            move |_, bytes, told| {
                let _ = told.send(bytes.len());
            },
            told,
        )
        .expect("port");
    let output = MidiOutput::new("midir sender").expect("open");
    let ports = output.ports();
    let port = ports
        .iter()
        .find(|port| {
            output
                .port_name(port)
                .is_ok_and(|found| found.contains(&name))
        })
        .expect("the port");
    let mut output = output.connect(port, "out").expect("connect");
    Box::new(move |count| {
        let _ = &input;
        for _ in 0..count / size {
            for _ in 0..size {
                output.send(&message).expect("send");
            }
            for _ in 0..size {
                come.recv().expect("receive");
            }
        }
    })
}
