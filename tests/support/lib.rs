//! The common part of all test programs: clients with unique names, the reason why a test
//! is skipped, events with distinct values, MIDI files, and checks of any input.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use alsa_seq::{
    ClientOptions, ErrorKind, Event, EventData, EventInput, Queue, QueueOptions, SequencerClient,
    abi,
};
use nix::errno::Errno;

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

/// How long an event may take that is sure to come, on a machine that has much
/// other work. A test that waits so long has failed; one that passes never waits
/// for it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A name that no other test and no other run uses.
pub fn unique(name: &str) -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("{name}-{}-{number}", std::process::id())
}

/// Whether there is a sequencer to test on. If not, says which test is
/// skipped; under `ALSA_SEQ_REQUIRE_KERNEL=1` the test fails.
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

/// Whether another project's program is there to test with. If not, says which
/// test is skipped; under `ALSA_SEQ_REQUIRE_KERNEL=1` the test fails.
pub fn program(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&path).any(|directory| directory.join(name).is_file()) {
        return true;
    }
    skip(&format!("{name} is not installed"));
    false
}

/// A program of the newest alsa-utils, which `cargo xtask peers` keeps in the
/// cache. If it is not there, says which test is skipped.
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

/// The Python that has other projects' libraries, as `cargo xtask peers` installs
/// them: `ALSA_SEQ_PYTHON`, the one in the cache, or the system's.
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

/// The Python that has this library. If none has, says which test is skipped; under
/// `ALSA_SEQ_REQUIRE_KERNEL=1` the test fails.
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

/// Says that the test is skipped; under `ALSA_SEQ_REQUIRE_KERNEL=1` it fails.
pub fn skip(reason: &str) {
    assert!(!required(), "ALSA_SEQ_REQUIRE_KERNEL=1, and {reason}");
    say_skipped(reason);
}

/// For what needs more than a sequencer: to be root, or to be alone on it.
pub fn say_skipped(reason: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    let text = format!("SKIPPED {test}: {reason}\n");
    // Not `eprintln!`, which the test harness would swallow.
    std::io::stderr().write_all(text.as_bytes()).unwrap();
}

/// Whether a test that cannot run must fail.
pub fn required() -> bool {
    std::env::var_os("ALSA_SEQ_REQUIRE_KERNEL").is_some_and(|value| value == "1")
}

/// Whether the kernel has UMP, asked without the library's own way to ask. If not, says
/// which test has nothing to test.
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

/// Whether this is a test kernel, where no device is anybody's.
pub fn in_test_kernel() -> bool {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    cpu.contains("User Mode Linux")
}

/// A client with a name of its own. What it sends comes from its first port, if
/// nothing else is said.
pub fn client(name: &str) -> SequencerClient {
    open(ClientOptions::new(unique(name)))
}

/// The same with these options.
pub fn open(options: ClientOptions) -> SequencerClient {
    let mut client = options.open().unwrap();
    client.set_source(0);
    client
}

/// A queue whose number stays free for a while when it is deleted: the kernel
/// gives the lowest that is, to tests that run at the same time, and leaves room
/// below this one.
pub fn queue_of_a_number_of_its_own(client: &SequencerClient) -> Queue {
    let mut queues: Vec<_> = (0..8)
        .map(|_| client.create_queue(QueueOptions::new()).unwrap())
        .collect();
    queues.sort_by_key(Queue::id);
    queues.pop().unwrap()
}

/// An event that carries a number, to tell whether all come, and in order.
pub fn numbered(number: u32) -> Event<'static> {
    let mut data = [0; 12];
    data[..4].copy_from_slice(&number.to_ne_bytes());
    Event::new(EventData::Echo(data))
}

/// The contents of an event, for tests that collect them from many events and compare
/// them as a whole. The data borrows from the event, which is therefore never freed; the
/// few events of a test may cost that.
pub fn kept(event: Event<'_>) -> EventData<'static> {
    let event: &'static Event<'static> = Box::leak(Box::new(event.into_owned()));
    event.data()
}

/// The next event that is no notice of a connection.
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

/// Runs the rest of the test, if there is a sequencer.
#[macro_export]
macro_rules! need_sequencer {
    () => {
        if !$crate::sequencer() {
            return;
        }
    };
}

/// Runs the rest of the test, if this program is installed.
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
