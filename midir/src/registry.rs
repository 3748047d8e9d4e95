//! The open clients. Connections with the same client name, direction and version of MIDI share a
//! client, because the kernel has only 64 clients.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::{process, ptr};

use alsa_seq::{ClientControl, ClientOptions, MidiVersion, Result, SequencerClient};

/// The open clients of one direction. Each user of a client has a reference. When no user is left,
/// the client is closed.
pub(crate) struct Registry<C>(Mutex<Vec<Known<C>>>);

/// The version of MIDI and the name. A client accepts connections with the same version and name.
pub(crate) type Key<'a> = (MidiVersion, &'a str);

struct Known<C> {
    version: MidiVersion,
    name: String,
    /// The process that has opened it. The child of a fork has the parent's clients, but must not
    /// use them, because both would read the same events.
    process: u32,
    client: Weak<C>,
}

/// The process that has made an object. The child of a fork has a copy of the object, and must not
/// close anything in the kernel that the parent uses.
#[derive(Clone, Copy)]
pub(crate) struct Process(u32);

impl Process {
    pub(crate) fn current() -> Self {
        Self(process::id())
    }

    pub(crate) fn is_current(self) -> bool {
        self.0 == process::id()
    }
}

impl<C> Registry<C> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Returns a client with this key: an open one, or a new one.
    pub(crate) fn client(
        &self,
        key: Key<'_>,
        open: impl FnOnce(Key<'_>) -> Result<C>,
    ) -> Result<Arc<C>> {
        self.client_in(process::id(), key, open)
    }

    fn client_in(
        &self,
        process: u32,
        key: Key<'_>,
        open: impl FnOnce(Key<'_>) -> Result<C>,
    ) -> Result<Arc<C>> {
        // Held while a client is opened, so two threads do not open two.
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        clients.retain(|known| known.client.strong_count() > 0);
        if let Some(client) = of(&clients, process, key).next_back() {
            return Ok(client);
        }
        let client = Arc::new(open(key)?);
        clients.push(Known::new(process, key, &client));
        Ok(client)
    }

    /// Makes an object for which a client may have no room: in `first`, in another client with its
    /// key, or in a new one. `attempt` returns `None` without room.
    pub(crate) fn with_room<T>(
        &self,
        first: &Arc<C>,
        open: impl FnOnce(Key<'_>) -> Result<C>,
        mut attempt: impl FnMut(&Arc<C>) -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        if let Some(made) = attempt(first)? {
            return Ok(Some(made));
        }
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = |known: &&Known<C>| ptr::eq(known.client.as_ptr(), Arc::as_ptr(first));
        let Some(known) = clients.iter().find(is_first) else {
            return Ok(None);
        };
        let (process, version, name) = (process::id(), known.version, known.name.clone());
        let key = (version, name.as_str());
        let others: Vec<Arc<C>> = of(&clients, process, key).collect();
        for client in others {
            if let Some(made) = attempt(&client)? {
                return Ok(Some(made));
            }
        }
        let client = Arc::new(open(key)?);
        clients.push(Known::new(process, key, &client));
        attempt(&client)
    }
}

impl<C> Known<C> {
    fn new(process: u32, (version, name): Key<'_>, client: &Arc<C>) -> Self {
        Self {
            version,
            name: name.into(),
            process,
            client: Arc::downgrade(client),
        }
    }
}

/// Returns the open clients of this process with this key.
fn of<'a, C>(
    clients: &'a [Known<C>],
    process: u32,
    key: Key<'a>,
) -> impl DoubleEndedIterator<Item = Arc<C>> + use<'a, C> {
    let known = clients.iter().filter(move |known| {
        known.process == process && (known.version, known.name.as_str()) == key
    });
    known.filter_map(|known| known.client.upgrade())
}

/// Opens a client with a name for midir, which accepts every name.
pub(crate) fn open(
    (version, name): Key<'_>,
    options: impl FnOnce(ClientOptions) -> ClientOptions,
) -> Result<SequencerClient> {
    let client = ClientOptions::new(accepted_part(name)).midi_version(version);
    let client = options(client).open()?;
    if name.is_empty() {
        name_unnamed(&client)?;
    }
    Ok(client)
}

/// Converts the program's name to a name that the kernel accepts.
pub(crate) fn accepted_part(name: &str) -> &str {
    if name.is_empty() {
        "Client"
    } else {
        shortened(name)
    }
}

/// Sets the name of a client if the program has given none: libasound keeps the kernel's name.
pub(crate) fn name_unnamed(client: &ClientControl) -> Result<()> {
    client.set_name(&format!("Client-{}", client.id()))
}

/// Returns the part of a name that the kernel accepts.
pub(crate) fn shortened(name: &str) -> &str {
    const MOST: usize = 63;
    let mut end = name.len().min(MOST);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.get(..end).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use alsa_seq::MidiVersion;

    use super::{Registry, shortened};

    #[test]
    fn a_forked_child_has_clients_of_its_own() {
        let registry = Registry::new();
        let client = |process| {
            registry
                .client_in(process, (MidiVersion::Legacy, "piano"), |_| Ok(process))
                .unwrap()
        };
        let parent = client(1);
        let child = client(2);
        assert_eq!((*parent, *child), (1, 2));
        assert!(Arc::ptr_eq(&client(1), &parent));
        assert!(Arc::ptr_eq(&client(2), &child));
    }

    #[test]
    fn a_name_is_cut_between_characters() {
        assert_eq!(shortened("piano"), "piano");
        assert_eq!(shortened(&"x".repeat(64)), "x".repeat(63));
        let umlauts = "ä".repeat(40);
        assert_eq!(shortened(&umlauts), "ä".repeat(31));
    }
}
