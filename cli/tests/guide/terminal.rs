//! A terminal that runs the commands of a page, on a machine with a separate `/etc`.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use alsa_seq::TopologyMonitor;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::page::Call;
use crate::shown::{Expected, Numbers, Stream};
use support::PATIENCE;
use test_kernel::usb;

/// The directory of the packages' files.
const PACKAGING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../packaging");

pub(crate) struct Terminal {
    home: TempDir,
    programs: TempDir,
    numbers: Numbers,
    /// The program that a command with `&` has started.
    job: Option<Job>,
    /// Services, by name.
    services: Vec<(String, Job)>,
    /// The socket on which services report that they are ready.
    notify: UnixDatagram,
}

/// Settings of a command.
#[derive(Debug, Default)]
pub(crate) struct Way {
    /// The exit status, 0 unless the page sets another one.
    pub(crate) status: i32,
    /// Whether to run it again until its output matches, because something else must happen first.
    pub(crate) until: bool,
}

impl Terminal {
    /// Gives the thread separate directories, so that the machine's files do not change. The
    /// programs of the machine stay.
    pub(crate) fn new() -> Self {
        unshare(CloneFlags::CLONE_NEWNS).unwrap();
        let none = None::<&str>;
        let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
        mount(none, "/", none, private, none).unwrap();
        for directory in ["/etc", "/run"] {
            mount(
                Some("tmpfs"),
                directory,
                Some("tmpfs"),
                MsFlags::empty(),
                none,
            )
            .unwrap();
        }
        let home = tempfile::tempdir().unwrap();
        let programs = tempfile::tempdir().unwrap();
        symlink(env!("CARGO_BIN_EXE_aseq"), programs.path().join("aseq")).unwrap();
        // The test is already running as root.
        let sudo = programs.path().join("sudo");
        fs::write(&sudo, "#!/bin/sh\nexec \"$@\"\n").unwrap();
        fs::set_permissions(&sudo, fs::Permissions::from_mode(0o755)).unwrap();
        // As in a copy of the project.
        symlink(PACKAGING, home.path().join("packaging")).unwrap();
        let notify = UnixDatagram::bind(home.path().join(".notify")).unwrap();
        notify.set_read_timeout(Some(PATIENCE)).unwrap();
        Self {
            home,
            programs,
            numbers: Numbers::default(),
            job: None,
            services: Vec::new(),
            notify,
        }
    }

    /// Writes the content of a file on the page.
    pub(crate) fn write(&self, path: &str, text: &str) {
        fs::write(self.home.path().join(path), text).unwrap();
    }

    fn command(&self, line: &str) -> Command {
        let path = std::env::var_os("PATH").unwrap();
        let mut all = vec![self.programs.path().to_owned()];
        all.extend(std::env::split_paths(&path));
        let mut command = Command::new("sh");
        // The command itself is interrupted, not a shell.
        let line = match line.contains(['|', ';', '&']) {
            true => line.to_owned(),
            false => format!("exec {line}"),
        };
        command
            .args(["-c", &line])
            .current_dir(self.home.path())
            .env("PATH", std::env::join_paths(all).unwrap())
            .env("HOME", self.home.path())
            .env("ASEQ", self.programs.path().join("aseq"))
            .stdin(Stdio::null());
        command
    }

    /// Runs a command of the page. `act` performs the actions after a line; it is called with an
    /// empty line when the command has started.
    pub(crate) fn run(&mut self, call: &Call, way: &Way, mut act: impl FnMut(&str)) {
        if let Some(service) = call.command.strip_prefix("sudo systemctl enable --now ") {
            assert!(call.shown.is_empty(), "{}", call.command);
            self.enable(service);
            return;
        }
        if let Some(service) = call.command.strip_prefix("sudo systemctl reload ") {
            assert!(call.shown.is_empty(), "{}", call.command);
            self.reload(service);
            return;
        }
        if call.command == "kill %1" {
            assert!(call.shown.is_empty(), "{}", call.command);
            self.job.take().unwrap().end();
            return;
        }
        // Other reasons to wait end with an announcement.
        let mut monitor = way.until.then(|| TopologyMonitor::open("guide").unwrap());
        loop {
            match (self.try_run(call, way, &mut act), &mut monitor) {
                (Ok(()), _) => return,
                (Err(reason), None) => panic!("$ {}\n{reason}", call.command),
                (Err(reason), Some(monitor)) => {
                    let change = monitor.next_change_timeout(PATIENCE);
                    change.unwrap_or_else(|error| panic!("$ {}\n{reason}{error}", call.command));
                }
            }
        }
    }

    fn try_run(
        &mut self,
        call: &Call,
        way: &Way,
        act: &mut impl FnMut(&str),
    ) -> Result<(), String> {
        let in_background = call.command.strip_suffix(" &");
        let (sender, lines) = channel();
        // The lines of a program in the background appear among those of the next commands.
        let sender = match &self.job {
            Some(_) if in_background.is_some() => panic!("a program is in the background already"),
            Some(job) => job.sender.clone(),
            None => sender,
        };
        let command = self.command(in_background.unwrap_or(&call.command));
        let running = Running::start(command, &sender);
        let sender = in_background.map(|_| sender);
        let said_lines = self.job.as_ref().map_or(&lines, |job| &job.lines);
        let mut expected = Expected::new(&call.shown);
        let mut numbers = self.numbers.clone();
        let mut said = String::new();
        let deadline = Instant::now() + PATIENCE;
        let far_ends = match &*call.command {
            "aseq doctor" => far_ends(),
            _ => Vec::new(),
        };
        act("");
        // If it does not end by itself, waits for the last line on the page.
        let ends_itself = !call.is_interrupted && in_background.is_none();
        let mut open = 2;
        while ends_itself && open > 0 || !expected.missing().is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = match said_lines.recv_timeout(left) {
                Ok(Said::Line(stream, line)) => (stream, line),
                Ok(Said::Closed(pid)) => {
                    open -= i32::from(pid == running.child.id());
                    continue;
                }
                Err(_) if left.is_zero() => return Err(format!("{said}it goes on for ever")),
                Err(_) => break,
            };
            let (stream, line) = line;
            said += &format!("{line}\n");
            let is_word = |port: &String| line.split_whitespace().any(|word| word == port);
            if far_ends.iter().any(is_word) {
                continue;
            }
            if !expected.take(stream, &line, &mut numbers) {
                return Err(format!("{said}the last line is not on the page"));
            }
            act(&line);
        }
        let missing = expected.missing();
        if !missing.is_empty() {
            return Err(format!("{said}these lines have not come: {missing:#?}"));
        }
        if let Some(sender) = sender {
            self.numbers = numbers;
            self.job = Some(Job {
                running,
                sender,
                lines,
            });
            return Ok(());
        }
        if call.is_interrupted {
            running.signal(Signal::SIGINT);
        }
        let status = running.end();
        if status != Some(way.status) {
            return Err(format!("{said}it ended with {status:?}"));
        }
        self.numbers = numbers;
        Ok(())
    }

    /// Does the same as systemd with one of our units: starts its command, and waits until it is
    /// ready.
    fn enable(&mut self, service: &str) {
        let unit = unit(service);
        assert!(unit.contains("Type=notify"), "{service}");
        let start = unit
            .lines()
            .find_map(|line| line.strip_prefix("ExecStart=/usr/bin/"));
        let mut command = self.command(start.unwrap());
        command.env("NOTIFY_SOCKET", self.home.path().join(".notify"));
        let (sender, lines) = channel();
        let running = Running::start(command, &sender);
        let mut said = [0; 64];
        let length = self.notify.recv(&mut said).unwrap();
        assert_eq!(&said[..length], b"READY=1\n", "{service}");
        let job = Job {
            running,
            sender,
            lines,
        };
        self.services.push((service.to_owned(), job));
    }

    fn reload(&self, service: &str) {
        let found = self.services.iter().find(|(name, _)| name == service);
        let (_, job) = found.unwrap();
        let unit = unit(service);
        let reload = unit
            .lines()
            .find_map(|line| line.strip_prefix("ExecReload="));
        let mut command = self.command(reload.unwrap());
        command.env("MAINPID", job.running.child.id().to_string());
        assert!(command.status().unwrap().success(), "{service}");
    }

    /// Ends the services, which must still be running. No program may be in the background.
    pub(crate) fn stop(&mut self) {
        assert!(self.job.is_none(), "the page does not end it: kill %1");
        for (service, job) in self.services.drain(..) {
            job.running.signal(Signal::SIGTERM);
            assert_eq!(job.running.end(), Some(0), "{service}");
        }
    }
}

/// Returns the ports at the far ends of the keyboards' cables. Only a test kernel shows them, as
/// hardware that is connected to nothing.
fn far_ends() -> Vec<String> {
    let made = usb::list().unwrap();
    let plugged = made.iter().filter_map(|made| made.plugged.as_ref());
    plugged
        .map(|plugged| format!("{}:0", plugged.device_client))
        .collect()
}

/// Returns the text of a unit.
fn unit(service: &str) -> String {
    fs::read_to_string(format!("{PACKAGING}/systemd/{service}.service")).unwrap()
}

/// A program in the background.
struct Job {
    running: Running,
    /// For the lines of other programs, which appear among its own.
    sender: Sender<Said>,
    lines: Receiver<Said>,
}

impl Job {
    /// Ends it. All its lines must have been on the page.
    fn end(self) {
        let Self {
            running,
            sender,
            lines,
        } = self;
        running.signal(Signal::SIGTERM);
        assert_eq!(running.end(), Some(0));
        drop(sender);
        for said in lines {
            assert!(matches!(said, Said::Closed(_)), "not on the page: {said:?}");
        }
    }
}

/// A part of the output of programs.
#[derive(Debug)]
enum Said {
    Line(Stream, String),
    /// A stream of this process has ended.
    Closed(u32),
}

/// A program.
struct Running {
    child: Child,
}

impl Running {
    fn start(mut command: Command, to: &Sender<Said>) -> Self {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let pid = child.id();
        let (output, error) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        read(Stream::Output, output, pid, to.clone());
        read(Stream::Error, error, pid, to.clone());
        Self { child }
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap());
        kill(pid, signal).unwrap();
    }

    /// Returns its exit status, as in a shell.
    fn end(mut self) -> Option<i32> {
        let status: ExitStatus = self.child.wait().unwrap();
        status
            .code()
            .or_else(|| status.signal().map(|signal| 128 + signal))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(stream: Stream, from: impl std::io::Read + Send + 'static, pid: u32, to: Sender<Said>) {
    use std::io::BufRead as _;

    std::thread::spawn(move || {
        let lines = std::io::BufReader::new(from).lines();
        let said = lines.map_while(Result::ok);
        let said = said.map(|line| Said::Line(stream, line));
        for said in said.chain([Said::Closed(pid)]) {
            if to.send(said).is_err() {
                break;
            }
        }
    });
}
