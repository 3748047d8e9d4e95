//! The bit masks of `sound/asequencer.h`.
//!
//! Each type is `repr(transparent)` over the integer of its field and stands
//! in the structs as it is. Bits that have no name here are kept: a mask read
//! from a newer kernel is written back unchanged.

use bitflags::bitflags;
use core::fmt;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A mask type whose unknown bits survive every operation.
macro_rules! masks {
    ($(
        $(#[$outer:meta])*
        pub struct $name:ident: $int:ty { $($body:tt)* }
    )*) => {$(
        $(#[$outer])*
        #[derive(
            Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash,
            FromBytes, IntoBytes, KnownLayout, Immutable,
        )]
        #[repr(transparent)]
        pub struct $name($int);

        bitflags! {
            impl $name: $int {
                $($body)*
                // Whatever else the kernel sets.
                const _ = !0;
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))?;
                f.write_str("(")?;
                bitflags::parser::to_writer(self, &mut *f)?;
                f.write_str(")")
            }
        }
    )*};
}

masks! {
    /// The flags byte of an event.
    ///
    /// Some of its fields have several bits, or a constant whose value is 0.
    /// To compare such a field, first apply its mask:
    /// [`LENGTH_MASK`](Self::LENGTH_MASK),
    /// [`TIME_STAMP_MASK`](Self::TIME_STAMP_MASK) and so on.
    #[derive(zerocopy::Unaligned)]
    pub struct EventFlags: u8 {
        /// The time is in seconds and nanoseconds, else in ticks.
        #[doc(alias = "SNDRV_SEQ_TIME_STAMP_REAL")]
        const TIME_STAMP_REAL = 1 << 0;
        /// The time counts from the queue's present position, else from its
        /// start.
        #[doc(alias = "SNDRV_SEQ_TIME_MODE_REL")]
        const TIME_MODE_REL = 1 << 1;
        /// Length: [`Ext`](crate::event::Ext), its bytes follow the record.
        #[doc(alias = "SNDRV_SEQ_EVENT_LENGTH_VARIABLE")]
        const LENGTH_VARIABLE = 1 << 2;
        /// Length: [`Ext`](crate::event::Ext), its bytes are at its pointer.
        /// Only for direct events, and useless from a program: the receiver
        /// gets the pointer.
        #[doc(alias = "SNDRV_SEQ_EVENT_LENGTH_VARUSR")]
        const LENGTH_VARUSR = 2 << 2;
        /// Goes before other events of the same time. Several such events of
        /// one time come out in reverse order.
        #[doc(alias = "SNDRV_SEQ_PRIORITY_HIGH")]
        const PRIORITY_HIGH = 1 << 4;
        /// The record is 32 bytes with a UMP packet. Since Linux 6.5; an older
        /// kernel, or one built without UMP, gives the bit no meaning.
        #[doc(alias = "SNDRV_SEQ_EVENT_UMP")]
        const UMP = 1 << 5;
    }

    /// The bits of a client's filter word.
    pub struct ClientFilter: u32 {
        /// Accept broadcast messages. Has no effect.
        #[doc(alias = "SNDRV_SEQ_FILTER_BROADCAST")]
        const BROADCAST = 1 << 0;
        /// Accept multicast messages. Has no effect.
        #[doc(alias = "SNDRV_SEQ_FILTER_MULTICAST")]
        const MULTICAST = 1 << 1;
        /// Send back events that failed to be delivered from a queue.
        #[doc(alias = "SNDRV_SEQ_FILTER_BOUNCE")]
        const BOUNCE = 1 << 2;
        /// Don't convert between UMP and legacy events. Since Linux 6.5.
        #[doc(alias = "SNDRV_SEQ_FILTER_NO_CONVERT")]
        const NO_CONVERT = 1 << 30;
        /// Accept only the types in the event filter bitmap. UMP events pass
        /// it in any case.
        #[doc(alias = "SNDRV_SEQ_FILTER_USE_EVENT")]
        const USE_EVENT = 1 << 31;
    }

    /// The kinds of events that `REMOVE_EVENTS` removes, and the conditions for them.
    pub struct RemoveMode: u32 {
        /// All unread events of the caller's input. The conditions don't apply to them.
        #[doc(alias = "SNDRV_SEQ_REMOVE_INPUT")]
        const INPUT = 1 << 0;
        /// The caller's events in the queues it uses, under the conditions
        /// below.
        #[doc(alias = "SNDRV_SEQ_REMOVE_OUTPUT")]
        const OUTPUT = 1 << 1;
        /// Only those whose queue and destination are exactly these. Without
        /// it the queue is not looked at.
        #[doc(alias = "SNDRV_SEQ_REMOVE_DEST")]
        const DEST = 1 << 2;
        /// Only those on this channel.
        #[doc(alias = "SNDRV_SEQ_REMOVE_DEST_CHANNEL")]
        const DEST_CHANNEL = 1 << 3;
        /// Only those before the time.
        #[doc(alias = "SNDRV_SEQ_REMOVE_TIME_BEFORE")]
        const TIME_BEFORE = 1 << 4;
        /// Only those at or after the time. Both conditions use the same time, so no
        /// event matches this one together with [`TIME_BEFORE`](Self::TIME_BEFORE).
        #[doc(alias = "SNDRV_SEQ_REMOVE_TIME_AFTER")]
        const TIME_AFTER = 1 << 5;
        /// The time is in ticks, else in seconds and nanoseconds. It isn't
        /// compared with the kind of time that an event carries.
        #[doc(alias = "SNDRV_SEQ_REMOVE_TIME_TICK")]
        const TIME_TICK = 1 << 6;
        /// Only those of this event type.
        #[doc(alias = "SNDRV_SEQ_REMOVE_EVENT_TYPE")]
        const EVENT_TYPE = 1 << 7;
        /// Leave note-offs.
        #[doc(alias = "SNDRV_SEQ_REMOVE_IGNORE_OFF")]
        const IGNORE_OFF = 1 << 8;
        /// Only those with this tag.
        #[doc(alias = "SNDRV_SEQ_REMOVE_TAG_MATCH")]
        const TAG_MATCH = 1 << 9;
    }

    /// The actions of other clients that a port allows.
    pub struct PortCaps: u32 {
        /// Events may be taken from the port.
        #[doc(alias = "SNDRV_SEQ_PORT_CAP_READ")]
        const READ = 1 << 0;
        /// Events may be sent to the port.
        #[doc(alias = "SNDRV_SEQ_PORT_CAP_WRITE")]
        const WRITE = 1 << 1;
        /// No meaning to the kernel.
        #[doc(alias = "SNDRV_SEQ_PORT_CAP_SYNC_READ")]
        const SYNC_READ = 1 << 2;
        /// No meaning to the kernel.
        #[doc(alias = "SNDRV_SEQ_PORT_CAP_SYNC_WRITE")]
        const SYNC_WRITE = 1 << 3;
        /// Both directions belong together. No meaning to the kernel.
        #[doc(alias = "SNDRV_SEQ_PORT_CAP_DUPLEX")]
        const DUPLEX = 1 << 4;
        /// Others may subscribe to the port. Needs [`READ`](Self::READ).
        #[doc(alias = "SNDRV_SEQ_PORT_CAP_SUBS_READ")]
        const SUBS_READ = 1 << 5;
        /// Others may subscribe the port to a sender. Needs
        /// [`WRITE`](Self::WRITE).
        #[doc(alias = "SNDRV_SEQ_PORT_CAP_SUBS_WRITE")]
        const SUBS_WRITE = 1 << 6;
        /// Only the owner may connect the port.
        #[doc(alias = "SNDRV_SEQ_PORT_CAP_NO_EXPORT")]
        const NO_EXPORT = 1 << 7;
        /// The port's UMP group isn't in use: enumeration skips the port
        /// unless asked. Since Linux 6.5.
        #[doc(alias = "SNDRV_SEQ_PORT_CAP_INACTIVE")]
        const INACTIVE = 1 << 8;
        /// The client's UMP endpoint port, one at most. Fixed when the port is
        /// created. Since Linux 6.5.
        #[doc(alias = "SNDRV_SEQ_PORT_CAP_UMP_ENDPOINT")]
        const UMP_ENDPOINT = 1 << 9;
    }

    /// The kind of device or program behind a port. Other clients can read it; it has no meaning to
    /// the kernel.
    pub struct PortType: u32 {
        /// Messages of a certain device.
        #[doc(alias = "SNDRV_SEQ_PORT_TYPE_SPECIFIC")]
        const SPECIFIC = 1 << 0;
        /// Any MIDI.
        #[doc(alias = "SNDRV_SEQ_PORT_TYPE_MIDI_GENERIC")]
        const MIDI_GENERIC = 1 << 1;
        /// General MIDI.
        #[doc(alias = "SNDRV_SEQ_PORT_TYPE_MIDI_GM")]
        const MIDI_GM = 1 << 2;
        /// Roland GS.
        #[doc(alias = "SNDRV_SEQ_PORT_TYPE_MIDI_GS")]
        const MIDI_GS = 1 << 3;
        /// Yamaha XG.
        #[doc(alias = "SNDRV_SEQ_PORT_TYPE_MIDI_XG")]
        const MIDI_XG = 1 << 4;
        /// Roland MT-32.
        #[doc(alias = "SNDRV_SEQ_PORT_TYPE_MIDI_MT32")]
        const MIDI_MT32 = 1 << 5;
        /// General MIDI 2.
        #[doc(alias = "SNDRV_SEQ_PORT_TYPE_MIDI_GM2")]
        const MIDI_GM2 = 1 << 6;
        /// Universal MIDI Packets. Since Linux 6.5.
        #[doc(alias = "SNDRV_SEQ_PORT_TYPE_MIDI_UMP")]
        const MIDI_UMP = 1 << 7;
        /// A synthesizer without MIDI.
        #[doc(alias = "SNDRV_SEQ_PORT_TYPE_SYNTH")]
        const SYNTH = 1 << 10;
        /// A sampler that takes samples.
        #[doc(alias = "SNDRV_SEQ_PORT_TYPE_DIRECT_SAMPLE")]
        const DIRECT_SAMPLE = 1 << 11;
        /// A sampler that takes samples at any time.
        #[doc(alias = "SNDRV_SEQ_PORT_TYPE_SAMPLE")]
        const SAMPLE = 1 << 12;
        /// Hardware.
        #[doc(alias = "SNDRV_SEQ_PORT_TYPE_HARDWARE")]
        const HARDWARE = 1 << 16;
        /// Software.
        #[doc(alias = "SNDRV_SEQ_PORT_TYPE_SOFTWARE")]
        const SOFTWARE = 1 << 17;
        /// Makes sound.
        #[doc(alias = "SNDRV_SEQ_PORT_TYPE_SYNTHESIZER")]
        const SYNTHESIZER = 1 << 18;
        /// Leads to other devices.
        #[doc(alias = "SNDRV_SEQ_PORT_TYPE_PORT")]
        const PORT = 1 << 19;
        /// A program, such as a sequencer or an editor.
        #[doc(alias = "SNDRV_SEQ_PORT_TYPE_APPLICATION")]
        const APPLICATION = 1 << 20;
    }

    /// Flags for creating a port, and for stamping its events.
    pub struct PortFlags: u32 {
        /// `CREATE_PORT`: take the port number in the address, else choose
        /// one. Never set in an answer.
        #[doc(alias = "SNDRV_SEQ_PORT_FLG_GIVEN_PORT")]
        const GIVEN_PORT = 1 << 0;
        /// Write the time of the port's time queue, and that queue's number,
        /// into each event that arrives.
        #[doc(alias = "SNDRV_SEQ_PORT_FLG_TIMESTAMP")]
        const TIMESTAMP = 1 << 1;
        /// Stamp with seconds and nanoseconds, else with ticks.
        #[doc(alias = "SNDRV_SEQ_PORT_FLG_TIME_REAL")]
        const TIME_REAL = 1 << 2;
        /// The port uses MIDI 1.0 inside UMP. The client's version does not matter.
        #[doc(alias = "SNDRV_SEQ_PORT_FLG_IS_MIDI1")]
        const IS_MIDI1 = 1 << 3;
    }

    /// A queue's flags.
    pub struct QueueFlags: u32 {
        /// Synchronise. No meaning to the kernel, and never read back.
        #[doc(alias = "SNDRV_SEQ_QUEUE_FLG_SYNC")]
        const SYNC = 1 << 0;
    }

    /// Flags of a subscription.
    pub struct SubscribeFlags: u32 {
        /// Neither port may have another such link.
        #[doc(alias = "SNDRV_SEQ_PORT_SUBS_EXCLUSIVE")]
        const EXCLUSIVE = 1 << 0;
        /// Write the time of the subscription's queue into each event.
        #[doc(alias = "SNDRV_SEQ_PORT_SUBS_TIMESTAMP")]
        const TIMESTAMP = 1 << 1;
        /// Stamp with seconds and nanoseconds, else with ticks.
        #[doc(alias = "SNDRV_SEQ_PORT_SUBS_TIME_REAL")]
        const TIME_REAL = 1 << 2;
    }

    /// Flags of a UMP endpoint. Since Linux 6.5.
    pub struct UmpEndpointFlags: u32 {
        /// The function blocks never change.
        #[doc(alias = "SNDRV_UMP_EP_INFO_STATIC_BLOCKS")]
        const STATIC_BLOCKS = 1 << 0;
    }

    /// The protocols that a UMP endpoint supports, or the protocol in use. Since
    /// Linux 6.5.
    pub struct UmpProtocol: u32 {
        /// MIDI 1.0.
        #[doc(alias = "SNDRV_UMP_EP_INFO_PROTO_MIDI1")]
        const MIDI1 = 0x0100;
        /// MIDI 2.0.
        #[doc(alias = "SNDRV_UMP_EP_INFO_PROTO_MIDI2")]
        const MIDI2 = 0x0200;
        /// Sends jitter reduction time stamps.
        #[doc(alias = "SNDRV_UMP_EP_INFO_PROTO_JRTS_TX")]
        const JRTS_TX = 0x0001;
        /// Takes jitter reduction time stamps.
        #[doc(alias = "SNDRV_UMP_EP_INFO_PROTO_JRTS_RX")]
        const JRTS_RX = 0x0002;
    }

    /// Flags of a UMP function block. Since Linux 6.5.
    pub struct UmpBlockFlags: u32 {
        /// A MIDI 1.0 port.
        #[doc(alias = "SNDRV_UMP_BLOCK_IS_MIDI1")]
        const IS_MIDI1 = 1 << 0;
        /// A MIDI 1.0 port of 31250 bits a second.
        #[doc(alias = "SNDRV_UMP_BLOCK_IS_LOWSPEED")]
        const IS_LOWSPEED = 1 << 1;
    }
}

impl EventFlags {
    /// The time is in ticks: the bit of
    /// [`TIME_STAMP_MASK`](Self::TIME_STAMP_MASK) is clear.
    #[doc(alias = "SNDRV_SEQ_TIME_STAMP_TICK")]
    pub const TIME_STAMP_TICK: Self = Self(0);
    /// The bit that tells ticks from real time.
    #[doc(alias = "SNDRV_SEQ_TIME_STAMP_MASK")]
    pub const TIME_STAMP_MASK: Self = Self(1 << 0);
    /// The time counts from the queue's start: the bit of
    /// [`TIME_MODE_MASK`](Self::TIME_MODE_MASK) is clear.
    #[doc(alias = "SNDRV_SEQ_TIME_MODE_ABS")]
    pub const TIME_MODE_ABS: Self = Self(0);
    /// The bit that tells absolute from relative time.
    #[doc(alias = "SNDRV_SEQ_TIME_MODE_MASK")]
    pub const TIME_MODE_MASK: Self = Self(1 << 1);
    /// Length: everything is in the record. The bits of
    /// [`LENGTH_MASK`](Self::LENGTH_MASK) are clear.
    #[doc(alias = "SNDRV_SEQ_EVENT_LENGTH_FIXED")]
    pub const LENGTH_FIXED: Self = Self(0);
    /// The two bits of the length mode.
    #[doc(alias = "SNDRV_SEQ_EVENT_LENGTH_MASK")]
    pub const LENGTH_MASK: Self = Self(3 << 2);
    /// Ordinary priority: the bit of [`PRIORITY_MASK`](Self::PRIORITY_MASK)
    /// is clear.
    #[doc(alias = "SNDRV_SEQ_PRIORITY_NORMAL")]
    pub const PRIORITY_NORMAL: Self = Self(0);
    /// The bit that tells ordinary from high priority.
    #[doc(alias = "SNDRV_SEQ_PRIORITY_MASK")]
    pub const PRIORITY_MASK: Self = Self(1 << 4);

    /// The length mode alone: [`LENGTH_FIXED`](Self::LENGTH_FIXED),
    /// [`LENGTH_VARIABLE`](Self::LENGTH_VARIABLE),
    /// [`LENGTH_VARUSR`](Self::LENGTH_VARUSR), or both bits, which the kernel
    /// takes as fixed.
    #[must_use]
    pub const fn length(self) -> Self {
        Self(self.0 & Self::LENGTH_MASK.0)
    }

    /// These flags with another length mode. Only the bits of
    /// [`LENGTH_MASK`](Self::LENGTH_MASK) are taken from `length`.
    #[must_use]
    pub const fn with_length(self, length: Self) -> Self {
        Self(self.0 & !Self::LENGTH_MASK.0 | length.0 & Self::LENGTH_MASK.0)
    }
}

impl UmpProtocol {
    /// The bits that tell the MIDI version.
    #[doc(alias = "SNDRV_UMP_EP_INFO_PROTO_MIDI_MASK")]
    pub const MIDI_MASK: Self = Self(0x0300);
    /// The bits about jitter reduction time stamps.
    #[doc(alias = "SNDRV_UMP_EP_INFO_PROTO_JRTS_MASK")]
    pub const JRTS_MASK: Self = Self(0x0003);
}
