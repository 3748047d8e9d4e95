//! Conversion of stream messages from and to words.

use super::{BlockDirection, BlockInfo, Configuration, Midi1Port, Stream, UiHint, UmpVersion};
use crate::ump::{Form, Group, Packet, U7, U14};

/// Conversion between words and values. The two matches mirror each other.
impl Stream {
    pub(in crate::ump) fn decode(packet: Packet) -> Option<Self> {
        let [[head, status, a, b], second, third, fourth] = packet.to_bytes();
        let status = u16::from_be_bytes([head & 0x03, status]);
        let form = Form::from_number(head >> 2 & 0x03)?;
        let bit = |byte: u8, bit: u8| byte >> bit & 1 != 0;
        let [c, d, e, f] = second;
        let version = UmpVersion { major: a, minor: b };
        let configuration = Configuration {
            protocol: a,
            receives_jr: bit(b, 1),
            sends_jr: bit(b, 0),
        };
        let ([g, h, i, j], [k, l, m, n]) = (third, fourth);
        let text = [a, b, c, d, e, f, g, h, i, j, k, l, m, n];
        match status {
            0x03 => return Some(Self::EndpointName { form, text }),
            0x04 => return Some(Self::ProductInstanceId { form, text }),
            0x12 => {
                let text = [b, c, d, e, f, g, h, i, j, k, l, m, n];
                let block = a;
                return Some(Self::BlockName { block, form, text });
            }
            // All other messages have a single packet.
            _ if form != Form::Complete => return None,
            _ => {}
        }
        Some(match status {
            0x00 => Self::EndpointDiscovery {
                version,
                info: bit(f, 0),
                identity: bit(f, 1),
                name: bit(f, 2),
                product_id: bit(f, 3),
                configuration: bit(f, 4),
            },
            0x01 => Self::EndpointInfo {
                version,
                static_blocks: bit(c, 7),
                blocks: U7::in_field(c),
                midi2: bit(e, 1),
                midi1: bit(e, 0),
                receives_jr: bit(f, 1),
                sends_jr: bit(f, 0),
            },
            0x02 => {
                let [g, h, i, j] = third.map(U7::in_field);
                Self::DeviceIdentity {
                    manufacturer: [d, e, f].map(U7::in_field),
                    // The lower half comes first.
                    family: U14::from_halves(h, g),
                    model: U14::from_halves(j, i),
                    software: fourth.map(U7::in_field),
                }
            }
            0x05 => Self::ConfigurationRequest(configuration),
            0x06 => Self::Configuration(configuration),
            0x10 => Self::BlockDiscovery {
                block: a,
                info: bit(b, 0),
                name: bit(b, 1),
            },
            0x11 => Self::BlockInfo(BlockInfo {
                block: U7::in_field(a),
                active: bit(a, 7),
                direction: BlockDirection::from_bits(b)?,
                midi1: Midi1Port::from_bits(b >> 2)?,
                hint: UiHint::from_bits(b >> 4)?,
                first_group: Group::new(c).ok()?,
                groups: d,
                ci_version: e,
                sysex8_streams: f,
            }),
            0x20 => Self::StartOfClip,
            0x21 => Self::EndOfClip,
            _ => return None,
        })
    }

    pub(in crate::ump) fn encode(self) -> [[u8; 4]; 4] {
        const NONE: [u8; 4] = [0; 4];
        let bit = |set: bool, bit: u8| u8::from(set) << bit;
        // All statuses fit a byte.
        let head = |status: u8, a: u8, b: u8| [0, status, a, b];
        let jr = |c: Configuration| bit(c.receives_jr, 1) | bit(c.sends_jr, 0);
        match self {
            Self::EndpointDiscovery {
                version,
                info,
                identity,
                name,
                product_id,
                configuration,
            } => {
                let asked = bit(info, 0)
                    | bit(identity, 1)
                    | bit(name, 2)
                    | bit(product_id, 3)
                    | bit(configuration, 4);
                let head = head(0x00, version.major, version.minor);
                [head, [0, 0, 0, asked], NONE, NONE]
            }
            Self::EndpointInfo {
                version,
                static_blocks,
                blocks,
                midi2,
                midi1,
                receives_jr,
                sends_jr,
            } => {
                let blocks = bit(static_blocks, 7) | blocks.get();
                let protocols = bit(midi2, 1) | bit(midi1, 0);
                let jr = bit(receives_jr, 1) | bit(sends_jr, 0);
                let head = head(0x01, version.major, version.minor);
                [head, [blocks, 0, protocols, jr], NONE, NONE]
            }
            Self::DeviceIdentity {
                manufacturer,
                family,
                model,
                software,
            } => {
                let [d, e, f] = manufacturer.map(U7::get);
                let ((h, g), (j, i)) = (family.halves(), model.halves());
                [
                    head(0x02, 0, 0),
                    [0, d, e, f],
                    [g, h, i, j].map(U7::get),
                    software.map(U7::get),
                ]
            }
            Self::EndpointName { form, text } => text_words(0x03, form, text),
            Self::ProductInstanceId { form, text } => text_words(0x04, form, text),
            Self::ConfigurationRequest(c) => [head(0x05, c.protocol, jr(c)), NONE, NONE, NONE],
            Self::Configuration(c) => [head(0x06, c.protocol, jr(c)), NONE, NONE, NONE],
            Self::BlockDiscovery { block, info, name } => {
                let head = head(0x10, block, bit(info, 0) | bit(name, 1));
                [head, NONE, NONE, NONE]
            }
            Self::BlockInfo(info) => {
                let block = bit(info.active, 7) | info.block.get();
                let kind = info.hint.bits() << 4 | info.midi1.bits() << 2 | info.direction.bits();
                let second = [
                    info.first_group.number(),
                    info.groups,
                    info.ci_version,
                    info.sysex8_streams,
                ];
                [head(0x11, block, kind), second, NONE, NONE]
            }
            Self::BlockName { block, form, text } => {
                let [b, c, d, e, f, g, h, i, j, k, l, m, n] = text;
                let text = [block, b, c, d, e, f, g, h, i, j, k, l, m, n];
                text_words(0x12, form, text)
            }
            Self::StartOfClip => [head(0x20, 0, 0), NONE, NONE, NONE],
            Self::EndOfClip => [head(0x21, 0, 0), NONE, NONE, NONE],
        }
    }
}

fn text_words(status: u8, form: Form, text: [u8; 14]) -> [[u8; 4]; 4] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = text;
    [
        [form.number() << 2, status, a, b],
        [c, d, e, f],
        [g, h, i, j],
        [k, l, m, n],
    ]
}
