//! The common part of all test programs: clients with unique names, the reason why a test
//! is skipped, events with distinct values, MIDI files, and checks of any input.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use alsa_seq::{
    ClientControl, ClientId, ClientOptions, ErrorKind, Event, EventData, EventInput, Queue,
    QueueOptions, SequencerClient, abi,
};
use nix::errno::Errno;

pub mod announcements;
pub mod files;
#[cfg(feature = "invariants")]
pub mod invariants;
pub mod listener;
#[cfg(feature = "midir")]
pub mod midir;
pub mod rows;
pub mod samples;

/// The repository's directory.
pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap().to_owned()
}

/// The time that an event may take that comes with certainty, on a machine with much other work. A
/// test that waits this long has failed, and one that passes never waits this long.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Returns a name that no other test and no other run uses.
pub fn unique(name: &str) -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("{name}-{}-{number}", std::process::id())
}

/// Returns whether the machine has a sequencer for tests. If not, prints which test is skipped.
/// Under `ALSA_SEQ_REQUIRE_KERNEL=1` the test fails instead.
pub fn sequencer() -> bool {
    let Err(error) = SequencerClient::open(unique("probe")) else {
        return true;
    };
    assert!(
        matches!(
            error.kind(),
            ErrorKind::NotFound | ErrorKind::PermissionDenied
        ),
        "{error:#}"
    );
    skip(&format!("there is no sequencer: {error:#}"));
    false
}

/// Returns whether another project's program is installed for the test. If not, prints which test
/// is skipped. Under `ALSA_SEQ_REQUIRE_KERNEL=1` the test fails instead.
pub fn program(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&path).any(|directory| directory.join(name).is_file()) {
        return true;
    }
    skip(&format!("{name} is not installed"));
    false
}

/// Returns a program of the newest alsa-utils, which `cargo xtask peers` stores in the cache. If it
/// is missing, prints which test is skipped.
pub fn newest_alsa_utils(name: &str) -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).map(PathBuf::from);
    let programs = set("ALSA_SEQ_ALSA_UTILS").unwrap_or_else(|| {
        set("XDG_CACHE_HOME")
            .or_else(|| set("HOME").map(|home| home.join(".cache")))
            .unwrap_or_default()
            .join("alsa-seq/alsa-utils/bin")
    });
    let program = programs.join(name);
    if program.is_file() {
        return Some(program);
    }
    skip(&format!(
        "the newest {name} is not in {} (cargo xtask peers)",
        programs.display()
    ));
    None
}

/// Returns the Python that has other projects' libraries, as `cargo xtask peers` installs them:
/// `ALSA_SEQ_PYTHON`, the one in the cache, or the system's.
pub fn python_interpreter() -> PathBuf {
    if let Some(named) = std::env::var_os("ALSA_SEQ_PYTHON") {
        return named.into();
    }
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(PathBuf::from);
    cache
        .or(home.map(|home| home.join(".cache")))
        .map(|cache| cache.join("alsa-seq/python/bin/python3"))
        .filter(|python| python.is_file())
        .unwrap_or("python3".into())
}

/// Returns the Python that has this library. If none has it, prints which test is skipped. Under
/// `ALSA_SEQ_REQUIRE_KERNEL=1` the test fails instead.
pub fn python_with(module: &str) -> Option<PathBuf> {
    let python = python_interpreter();
    let found = std::process::Command::new(&python)
        .args(["-c", &format!("import {module}")])
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if found {
        return Some(python);
    }
    skip(&format!(
        "{} has no {module}: run cargo xtask peers, or name a Python that has it in \
         ALSA_SEQ_PYTHON",
        python.display()
    ));
    None
}

/// Prints that the test is skipped. Under `ALSA_SEQ_REQUIRE_KERNEL=1` the test fails instead.
pub fn skip(reason: &str) {
    assert!(!required(), "ALSA_SEQ_REQUIRE_KERNEL=1, and {reason}");
    say_skipped(reason);
}

/// Prints that the test is skipped. Tests use it that need more than a sequencer: to be root, or to
/// be the only user of the sequencer.
pub fn say_skipped(reason: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    let text = format!("SKIPPED {test}: {reason}\n");
    // Not `eprintln!`, which the test harness would swallow.
    std::io::stderr().write_all(text.as_bytes()).unwrap();
}

/// Returns whether a test that cannot run must fail.
pub fn required() -> bool {
    std::env::var_os("ALSA_SEQ_REQUIRE_KERNEL").is_some_and(|value| value == "1")
}

/// Returns whether the kernel has UMP, without using the library's own function for this. If not,
/// prints which test is skipped.
pub fn kernel_has_ump() -> bool {
    let client = SequencerClient::open(unique("probe")).unwrap();
    let mut own = abi::info::ClientUmpInfo::zeroed();
    own.client = i32::from(client.id().number());
    let errno = client.fd().get_client_ump_info(&mut own).unwrap_err();
    let has = errno.raw() != Errno::ENOTTY as i32;
    if !has {
        say_skipped("this kernel has no UMP");
    }
    has
}

/// Returns whether this is a test kernel, on which no device belongs to a user.
pub fn in_test_kernel() -> bool {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    cpu.contains("User Mode Linux")
}

/// Opens a client with a unique name. By default, its events come from its first port.
pub fn client(name: &str) -> SequencerClient {
    open(ClientOptions::new(unique(name)))
}

/// Opens a client with these options. By default, its events come from its first port.
pub fn open(options: ClientOptions) -> SequencerClient {
    let mut client = options.open().unwrap();
    client.set_source(0);
    client
}

/// Returns a queue whose number stays free for a while after it is deleted. The kernel gives the
/// lowest free number to tests that run at the same time, and some numbers below this one are left
/// free.
pub fn queue_of_a_number_of_its_own(client: &SequencerClient) -> Queue {
    let mut queues: Vec<_> = (0..8)
        .map(|_| client.create_queue(QueueOptions::new()).unwrap())
        .collect();
    queues.sort_by_key(Queue::id);
    queues.pop().unwrap()
}

/// Returns an event that contains a number, so that a test can check that all events come, and in
/// order.
pub fn numbered(number: u32) -> Event<'static> {
    let mut data = [0; 12];
    data[..4].copy_from_slice(&number.to_ne_bytes());
    Event::new(EventData::Echo(data))
}

/// Returns the contents of an event, for tests that collect them from many events and compare them
/// as a whole. The data borrows from the event, which is therefore never freed. The few events of a
/// test do not need much memory.
pub fn kept(event: Event<'_>) -> EventData<'static> {
    let event: &'static Event<'static> = Box::leak(Box::new(event.into_owned()));
    event.data()
}

/// Returns the next event that is not a notice of a connection.
pub fn next_event(input: &mut impl Receive) -> Event<'static> {
    loop {
        let event = input.receive();
        if !(66..=67).contains(&event.event_type().number()) {
            return event;
        }
    }
}

/// A whole client or its input half.
pub trait Receive {
    /// Waits for the next event.
    fn receive(&mut self) -> Event<'static>;
}

impl Receive for SequencerClient {
    fn receive(&mut self) -> Event<'static> {
        self.event_input_timeout(PATIENCE).unwrap()
    }
}

impl Receive for EventInput {
    fn receive(&mut self) -> Event<'static> {
        self.event_input_timeout(PATIENCE).unwrap()
    }
}

/// Waits until a closed client does not exist any more, or another client has its number.
///
/// If another test starts a process, that process also has this program's files until it runs its
/// program. So a client may exist for a moment after it was closed.
#[track_caller]
pub fn until_closed(observer: &ClientControl, id: ClientId, name: &str) {
    until(|| match observer.client_info(id) {
        Ok(info) => info.name() != name,
        Err(error) => error.kind() == ErrorKind::NotFound,
    });
}

/// Waits until the condition is true. The kernel announces nothing that this wait could use.
#[track_caller]
pub fn until(is_so: impl Fn() -> bool) {
    let deadline = std::time::Instant::now() + PATIENCE;
    while !is_so() {
        assert!(
            std::time::Instant::now() < deadline,
            "it does not become so"
        );
        std::thread::yield_now();
    }
}

/// Runs the rest of the test only if the machine has a sequencer.
#[macro_export]
macro_rules! need_sequencer {
    () => {
        if !$crate::sequencer() {
            return;
        }
    };
}

/// Runs the rest of the test only if this program is installed.
#[macro_export]
macro_rules! need_program {
    ($name:literal) => {
        if !$crate::program($name) {
            return;
        }
    };
}

/// Asserts that an owner of the file of the client of this number has the accessors that
/// all have. The client's name begins with "owner".
#[macro_export]
macro_rules! assert_accessors {
    ($owner:expr, $id:expr) => {{
        use std::os::fd::{AsFd as _, AsRawFd as _};

        let (owner, id) = (&$owner, $id);
        assert_eq!(owner.id(), id);
        assert_eq!(owner.control().id(), id);
        assert_eq!(owner.fd().client_id().unwrap(), i32::from(id.number()));
        let numbers = [owner.as_fd(), owner.fd().as_fd()].map(|file| file.as_raw_fd());
        assert_eq!(numbers[0], numbers[1]);
        let debug = format!("{owner:?}");
        assert!(debug.contains(&format!("{id:?}")), "{debug}");
        let name = owner.control().info().unwrap().name().into_owned();
        assert!(name.starts_with("owner"), "{name}");
    }};
}
