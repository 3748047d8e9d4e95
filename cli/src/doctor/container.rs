//! The container in which this program runs, and the commands that give it a device.

use super::machine::Machine;

/// A kind of container, which may hide the machine's devices from a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Container {
    Docker,
    Podman,
    /// The text is the name of the application.
    Flatpak(String),
    /// The text is the name of the snap.
    Snap(String),
    Lxc,
    Nspawn,
    /// Another kind, with its name.
    Other(String),
}

impl Container {
    pub(super) fn of(machine: &Machine) -> Option<Self> {
        if let Some(snap) = machine
            .variable("SNAP_INSTANCE_NAME")
            .or(machine.variable("SNAP_NAME"))
        {
            return Some(Self::Snap(snap));
        }
        if let Some(info) = machine.read("/.flatpak-info") {
            let name = info.lines().find_map(|line| line.strip_prefix("name="));
            return Some(Self::Flatpak(
                name.unwrap_or("APPLICATION").trim().to_owned(),
            ));
        }
        if machine.exists("/run/.containerenv") {
            return Some(Self::Podman);
        }
        if machine.exists("/.dockerenv") {
            return Some(Self::Docker);
        }
        let name = machine
            .variable("container")
            .or(machine.read("/run/systemd/container"))?;
        Some(match name.trim() {
            "" => return None,
            "docker" => Self::Docker,
            "podman" => Self::Podman,
            "lxc" | "lxc-libvirt" => Self::Lxc,
            "systemd-nspawn" => Self::Nspawn,
            other => Self::Other(other.to_owned()),
        })
    }

    pub(super) fn name(&self) -> String {
        match self {
            Self::Docker => "Docker".to_owned(),
            Self::Podman => "Podman".to_owned(),
            Self::Flatpak(application) => format!("Flatpak ({application})"),
            Self::Snap(snap) => format!("the snap {snap}"),
            Self::Lxc => "LXC".to_owned(),
            Self::Nspawn => "systemd-nspawn".to_owned(),
            Self::Other(name) => format!("a container ({name})"),
        }
    }

    /// The commands that give the device to the container.
    pub(super) fn remedies(&self) -> Vec<String> {
        let remedies: &[&str] = match self {
            Self::Docker => &["docker run --device /dev/snd --group-add audio …"],
            Self::Podman => &["podman run --device /dev/snd --group-add keep-groups …"],
            Self::Flatpak(application) => {
                return vec![format!(
                    "flatpak override --user --device=all {application}"
                )];
            }
            Self::Snap(snap) => return vec![format!("sudo snap connect {snap}:alsa")],
            Self::Lxc => &[
                "lxc.cgroup2.devices.allow = c 116:* rwm, and lxc.mount.entry = /dev/snd dev/snd \
                 none bind,optional,create=dir, in the container's configuration",
            ],
            Self::Nspawn => {
                &["systemd-nspawn --bind=/dev/snd --property=DeviceAllow='char-alsa rw' …"]
            }
            Self::Other(_) => &["let the container use /dev/snd, devices 116:*"],
        };
        remedies.iter().map(|&remedy| remedy.to_owned()).collect()
    }
}
