//! UMP stream messages: the descriptions of endpoints.

use alsa_seq::ump::{BlockDirection, BlockInfo, Configuration, Midi1Port, Stream, U7, U14, UiHint};

use super::{bytes, named_text};

pub(super) fn of(message: Stream) -> String {
    let flag = u8::from;
    match message {
        Stream::EndpointDiscovery {
            version,
            info,
            identity,
            name,
            product_id,
            configuration,
        } => {
            let filter = flag(info)
                | flag(identity) << 1
                | flag(name) << 2
                | flag(product_id) << 3
                | flag(configuration) << 4;
            let (major, minor) = (version.major, version.minor);
            format!("EP Discovery    ver={major}/{minor}, filter={filter:#x}")
        }
        Stream::EndpointInfo {
            version,
            static_blocks,
            blocks,
            midi2,
            midi1,
            receives_jr,
            sends_jr,
        } => format!(
            "EP Info         ver={}/{}, static={}, fb#={}, midi2={}, midi1={}, rxjr={}, txjr={}",
            version.major,
            version.minor,
            flag(static_blocks),
            blocks.get(),
            flag(midi2),
            flag(midi1),
            flag(receives_jr),
            flag(sends_jr)
        ),
        Stream::DeviceIdentity {
            manufacturer,
            family,
            model,
            software,
        } => {
            let sevens = |values: &[U7]| bytes(&values.iter().map(|v| v.get()).collect::<Vec<_>>());
            let fourteen = |value: U14| {
                let (high, low) = value.halves();
                sevens(&[high, low])
            };
            format!(
                "Device Info     sysid={}, family={}, model={}, rev={}",
                sevens(&manufacturer),
                fourteen(family),
                fourteen(model),
                sevens(&software)
            )
        }
        Stream::EndpointName { form, text } => named_text(&padded("EP Name"), form, &text),
        Stream::ProductInstanceId { form, text } => named_text(&padded("Product Id"), form, &text),
        Stream::ConfigurationRequest(wanted) => configuration("Stream Cfg Req", wanted),
        Stream::Configuration(actual) => configuration("Stream Cfg", actual),
        Stream::BlockDiscovery { block, info, name } => {
            let filter = flag(info) | flag(name) << 1;
            format!("FB Discovery   fb#={block}, filter={filter:#x}")
        }
        Stream::BlockInfo(info) => block_info(info),
        Stream::BlockName { block, form, text } => {
            named_text(&padded(&format!("FB Name #{block:02}")), form, &text)
        }
        Stream::StartOfClip => "Start Clip".to_owned(),
        Stream::EndOfClip => "End Clip".to_owned(),
        other => format!("{other:?}"),
    }
}

fn padded(name: &str) -> String {
    format!("{name:<15}")
}

fn configuration(name: &str, configuration: Configuration) -> String {
    format!(
        "{name:<15}protocl={}, rxjr={}, txjr={}",
        configuration.protocol,
        u8::from(configuration.receives_jr),
        u8::from(configuration.sends_jr)
    )
}

fn block_info(info: BlockInfo) -> String {
    format!(
        "FB Info        fb#={}, active={}, ui={}, MIDI1={}, dir={}, group={}-{}, MIDI-CI={}, SysEx8={}",
        info.block.get(),
        u8::from(info.active),
        match info.hint {
            UiHint::Unknown => 0,
            UiHint::Receiver => 1,
            UiHint::Sender => 2,
            UiHint::Both => 3,
        },
        match info.midi1 {
            Midi1Port::No => 0,
            Midi1Port::Yes => 1,
            Midi1Port::Slow => 2,
        },
        match info.direction {
            BlockDirection::Input => 1,
            BlockDirection::Output => 2,
            BlockDirection::Bidirectional => 3,
        },
        info.first_group.number(),
        info.groups,
        info.ci_version,
        info.sysex8_streams
    )
}
