//! Creates and plugs in keyboards with configfs: the first process does this for programs.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use nix::errno::Errno;

use super::sysfs::{Socket, entries};
use super::uevents::Uevents;
use super::wire::{self, Request};
use super::{Keyboard, Made, Plugged};

/// The directory of the kernel's gadgets.
const GADGETS: &str = "/sys/kernel/config/usb_gadget";

/// The language of a gadget's strings: English, the only one that drivers request.
const STRINGS: &str = "strings/0x409";
const CONFIGURATION: &str = "configs/c.1";
const FUNCTIONS: &str = "functions";

/// Time limit until the kernel has noticed that a keyboard was plugged in or unplugged. Usually it
/// takes half a second, mostly waiting times of USB.
const PATIENCE: Duration = Duration::from_secs(60);

/// Answers one request.
pub(crate) fn answer(stream: UnixStream) {
    wire::serve(stream, |request| {
        if !Path::new(GADGETS).is_dir() {
            bail!(
                "this kernel, {}, has no USB gadgets; kernels of `test-kernel kernel get` have them",
                release()
            );
        }
        match request {
            Request::Make(keyboard) => make(&keyboard),
            Request::Plug(name, socket) => Gadget::find(&name)?.plug(socket.map(Socket)),
            Request::Unplug(name) => Gadget::find(&name)?.unplug().map(|_| Vec::new()),
            Request::Replug(name) => {
                let gadget = Gadget::find(&name)?;
                if gadget.socket().is_none() {
                    bail!("{name} is not plugged in; `test-kernel usb plug {name}` plugs it in");
                }
                let socket = gadget.unplug()?;
                gadget.plug(Some(socket))
            }
            Request::Remove(name) => {
                let gadget = Gadget::find(&name)?;
                if gadget.socket().is_some() {
                    gadget.unplug()?;
                }
                gadget.remove()?;
                Ok(Vec::new())
            }
            Request::List => Ok(list()),
        }
    });
}

fn release() -> String {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    release.trim().to_owned()
}

fn list() -> Vec<Made> {
    let mut all: Vec<Made> = entries(Path::new(GADGETS), "")
        .into_iter()
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.to_owned();
            Some(Gadget { name, path }.made())
        })
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn make(keyboard: &Keyboard) -> Result<Vec<Made>> {
    let gadget = Gadget::make(keyboard)?;
    let plugged = gadget.plug(keyboard.socket.map(Socket));
    if plugged.is_err() {
        // No other program knows the keyboard yet.
        gadget.remove()?;
    }
    plugged
}

struct Gadget {
    name: String,
    path: PathBuf,
}

impl Gadget {
    fn at(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            path: Path::new(GADGETS).join(name),
        }
    }

    fn find(name: &str) -> Result<Self> {
        let gadget = Self::at(name);
        if !gadget.path.is_dir() {
            bail!(
                "the keyboard {name} does not exist; `test-kernel usb list` prints the existing \
                 keyboards"
            );
        }
        Ok(gadget)
    }

    fn make(keyboard: &Keyboard) -> Result<Self> {
        let gadget = Self::at(&keyboard.name);
        match fs::create_dir(&gadget.path) {
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                bail!(
                    "the keyboard {} exists already: plug it in without options, or remove it first",
                    keyboard.name
                );
            }
            made => made.with_context(|| format!("create the keyboard {}", keyboard.name))?,
        }
        if let Err(e) = gadget.describe(keyboard) {
            gadget.remove()?;
            return Err(e.context(format!("create the keyboard {}", keyboard.name)));
        }
        Ok(gadget)
    }

    fn describe(&self, keyboard: &Keyboard) -> Result<()> {
        fs::create_dir(self.path.join(STRINGS))?;
        self.set("idVendor", &keyboard.vendor.to_string())?;
        self.set("idProduct", &keyboard.product.to_string())?;
        self.set(&format!("{STRINGS}/serialnumber"), &keyboard.serial)?;
        self.set(&format!("{STRINGS}/manufacturer"), &keyboard.manufacturer)?;
        self.set(&format!("{STRINGS}/product"), &keyboard.title)?;
        fs::create_dir(self.path.join(CONFIGURATION))?;
        let kind = if keyboard.midi2 { "midi2" } else { "midi" };
        let function = format!("{FUNCTIONS}/{kind}.{}", keyboard.name);
        match fs::create_dir(self.path.join(&function)) {
            Err(e)
                if [Errno::ENOENT, Errno::ENOSYS]
                    .map(|e| Some(e as i32))
                    .contains(&e.raw_os_error()) =>
            {
                bail!(
                    "this kernel, {}, has no gadgets of {}",
                    release(),
                    if keyboard.midi2 { "MIDI 2.0" } else { "MIDI" }
                )
            }
            made => made?,
        }
        if keyboard.midi2 {
            self.describe_midi2(&function, keyboard)?;
        } else {
            // The directions are the kernel's: "in" comes from the keyboard's own side.
            self.set(&format!("{function}/in_ports"), &keyboard.ports.to_string())?;
            self.set(
                &format!("{function}/out_ports"),
                &keyboard.ports.to_string(),
            )?;
        }
        let link = Path::new(CONFIGURATION).join(format!("{kind}.{}", keyboard.name));
        symlink(self.path.join(&function), self.path.join(link))?;
        Ok(())
    }

    fn describe_midi2(&self, function: &str, keyboard: &Keyboard) -> Result<()> {
        let endpoint = format!("{function}/ep.0");
        self.set(&format!("{endpoint}/ep_name"), &keyboard.title)?;
        self.set(&format!("{endpoint}/product_id"), &keyboard.serial)?;
        for group in 0..keyboard.ports {
            let block = format!("{endpoint}/block.{group}");
            // The first one exists already.
            if group > 0 {
                fs::create_dir(self.path.join(&block))?;
            }
            self.set(&format!("{block}/name"), &format!("Port {}", group + 1))?;
            self.set(&format!("{block}/first_group"), &group.to_string())?;
            self.set(&format!("{block}/num_groups"), "1")?;
        }
        Ok(())
    }

    fn set(&self, attribute: &str, value: &str) -> Result<()> {
        fs::write(self.path.join(attribute), value).with_context(|| {
            let attribute = attribute.rsplit('/').next().unwrap_or(attribute);
            format!("the kernel refuses the {attribute} {value:?}")
        })
    }

    fn get(&self, attribute: &str) -> String {
        let value = fs::read_to_string(self.path.join(attribute)).unwrap_or_default();
        value.trim_end_matches('\n').to_owned()
    }

    /// Returns its socket, if it is plugged in.
    fn socket(&self) -> Option<Socket> {
        Socket::of(&self.get("UDC"))
    }

    fn made(&self) -> Made {
        Made {
            name: self.name.clone(),
            serial: self.get(&format!("{STRINGS}/serialnumber")),
            title: self.get(&format!("{STRINGS}/product")),
            plugged: self.socket().and_then(Socket::plugged),
        }
    }

    /// Plugs it into this socket, or into the first free one.
    fn plug(&self, socket: Option<Socket>) -> Result<Vec<Made>> {
        if let Some(socket) = self.socket() {
            bail!(
                "{} is plugged in already, in socket {}",
                self.name,
                socket.0
            );
        }
        let uevents = Uevents::new()?;
        let socket = self.connect(socket)?;
        let plugged = uevents.wait_for(PATIENCE, || Ok(socket.plugged()))?;
        let Some(plugged) = plugged else {
            bail!(
                "{} is in socket {}, but its client did not appear within {} s",
                self.name,
                socket.0,
                PATIENCE.as_secs()
            );
        };
        open_nodes(&plugged)?;
        Ok(vec![Made {
            plugged: Some(plugged),
            ..self.made()
        }])
    }

    fn connect(&self, wanted: Option<Socket>) -> Result<Socket> {
        let all = Socket::all();
        let tried = match wanted {
            Some(socket) if !all.contains(&socket) => {
                bail!(
                    "socket {} does not exist; the kernel has {} sockets",
                    socket.0,
                    all.len()
                );
            }
            Some(socket) => vec![socket],
            None => all,
        };
        for &socket in &tried {
            match fs::write(self.path.join("UDC"), socket.controller()) {
                Ok(()) => return Ok(socket),
                Err(e) if e.raw_os_error() == Some(Errno::EBUSY as i32) => {}
                Err(e) => {
                    return Err(e)
                        .with_context(|| format!("plug {} into socket {}", self.name, socket.0));
                }
            }
        }
        // The kernel returns the same error if it has no room for the keyboard's sound cards.
        if let Some(free) = tried.iter().find(|socket| by(**socket).is_none()) {
            bail!(
                "socket {} is free, but the kernel refuses the keyboard; it has at most 8 sound \
                 cards, and a keyboard needs two",
                free.0
            );
        }
        match wanted.map(|socket| (socket, by(socket))) {
            Some((socket, Some(name))) => bail!("{name} is in socket {}", socket.0),
            _ => bail!("all {} sockets are taken", tried.len()),
        }
    }

    /// Unplugs it, and returns its socket.
    fn unplug(&self) -> Result<Socket> {
        let Some(socket) = self.socket() else {
            bail!("{} is not plugged in", self.name);
        };
        let was = socket.plugged();
        let uevents = Uevents::new()?;
        fs::write(self.path.join("UDC"), "\n")
            .with_context(|| format!("unplug {} from socket {}", self.name, socket.0))?;
        let look = || Ok(socket.is_empty(was.as_ref()).then_some(()));
        if uevents.wait_for(PATIENCE, look)?.is_none() {
            bail!(
                "{} was unplugged, but its clients were not removed within {} s",
                self.name,
                PATIENCE.as_secs()
            );
        }
        Ok(socket)
    }

    /// Removes its directories, inner ones first. configfs has no other way.
    fn remove(&self) -> Result<()> {
        let configuration = self.path.join(CONFIGURATION);
        for link in entries(&configuration, "midi") {
            fs::remove_file(&link)?;
        }
        for function in entries(&self.path.join(FUNCTIONS), "midi") {
            for block in entries(&function.join("ep.0"), "block.") {
                // The kernel removes its own directories with the function.
                if !block.ends_with("block.0") {
                    fs::remove_dir(&block)?;
                }
            }
            fs::remove_dir(&function)?;
        }
        for dir in [configuration, self.path.join(STRINGS), self.path.clone()] {
            if dir.is_dir() {
                fs::remove_dir(&dir).with_context(|| format!("remove {}", dir.display()))?;
            }
        }
        Ok(())
    }
}

/// Returns the keyboard in a socket.
fn by(socket: Socket) -> Option<String> {
    let all = entries(Path::new(GADGETS), "");
    let taker = all.iter().find(|path| {
        let controller = fs::read_to_string(path.join("UDC")).unwrap_or_default();
        Socket::of(controller.trim()) == Some(socket)
    })?;
    Some(taker.file_name()?.to_string_lossy().into_owned())
}

/// Lets every user open the cards, as `guest::init` does for those of the boot.
fn open_nodes(plugged: &Plugged) -> Result<()> {
    for card in [plugged.card, plugged.device_card] {
        for node in entries(Path::new("/dev/snd"), "") {
            let name = node.file_name().unwrap_or_default().to_string_lossy();
            let of_card = name.split_once('C').is_some_and(|(_, numbers)| {
                let number = numbers.split('D').next().unwrap_or_default();
                number == card.to_string()
            });
            if of_card {
                fs::set_permissions(&node, Permissions::from_mode(0o666))?;
            }
        }
    }
    Ok(())
}
