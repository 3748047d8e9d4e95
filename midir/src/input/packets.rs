//! Receiving packets of MIDI 2.0.

use alsa_seq::Address;
use alsa_seq::ump::{Packet, System, Ump};

use super::inboxes::Item;
use super::stamp::Stamps;
use super::{MidiInput, Open};
use crate::{ConnectError, Ignore};

impl MidiInput {
    /// Makes a connection whose callback gets packets. The client must use UMP.
    pub(crate) fn open_packets<F, T: Send>(
        self,
        sender: Option<Address>,
        port_name: &str,
        mut callback: F,
        data: T,
    ) -> Result<Open<T>, ConnectError<Self>>
    where
        F: FnMut(u64, Packet, &mut T) + Send + 'static,
    {
        let ignore = self.ignore;
        let receive = move |item: &Item, stamps: &Stamps, data: &mut T| {
            let Item::Event(event) = item else {
                return;
            };
            // Other events are the sequencer's own, such as announcements.
            let packet = event.packet().filter(|packet| !ignores(ignore, *packet));
            if let Some(packet) = packet {
                callback(stamps.micros(event.as_view()), packet, data);
            }
        };
        self.begin_and_spawn(sender, port_name, receive, data)
    }
}

fn ignores(ignore: Ignore, packet: Packet) -> bool {
    let kind = match packet.decode() {
        Ump::Sysex7(..) | Ump::Sysex8(..) => Ignore::Sysex,
        Ump::System(_, System::QuarterFrame(_) | System::Clock) => Ignore::Time,
        Ump::System(_, System::ActiveSensing) => Ignore::ActiveSense,
        _ => return false,
    };
    ignore.contains(kind)
}
