//! The main loop of the server.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::AsFd as _;
use std::rc::Rc;
use std::time::{Duration, Instant};

use alsa_seq::TopologyMonitor;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags};
use nix::sys::socket::{setsockopt, sockopt};

use super::Options;
use super::browser::{Browser, Next};
use super::request::{Refusal, Request, Rules};
use super::secret::{Random, Token};
use super::{answer, edit};
use crate::failure::Failure;
use crate::graph;
use crate::picture::{Picture, svg};
use crate::signals::Signals;

/// The largest number of connected browsers. A further browser replaces the oldest browser that
/// reads no events.
const MOST_BROWSERS: usize = 32;

/// The size of the kernel's buffer for a browser that does not read. By default, it would hold
/// megabytes.
const MOST_SENT: usize = 128 << 10;

/// The shortest time from the end of one picture to the beginning of the next. In this time,
/// requests are answered.
const TURN: Duration = Duration::from_millis(40);

/// The pause of accepting connections after an error, for example if the kernel has no memory.
const PAUSE: Duration = Duration::from_secs(1);

/// The largest number of changes that are read before browsers are served.
const MANY: usize = 1000;

/// The page and its browsers.
pub(super) struct Server {
    listener: TcpListener,
    address: SocketAddr,
    /// The end of a pause of accepting connections.
    pause: Option<Instant>,
    /// In the order in which they have connected.
    browsers: Vec<Browser>,
    rules: Rules,
    random: Random,
    graph: Graph,
}

impl Server {
    pub(super) fn open(
        options: &Options,
        random: Random,
        token: Option<Token>,
    ) -> Result<Self, Failure> {
        let place = options.place.socket();
        let failed = |error: io::Error| Failure::Other(format!("listen at {place}: {error}"));
        let listener = TcpListener::bind(place).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        // Accepted connections inherit it.
        setsockopt(&listener, sockopt::SndBuf, &MOST_SENT)
            .map_err(Failure::system("limit what is sent ahead"))?;
        let address = listener.local_addr().map_err(failed)?;
        let host = |name: &str| match address.port() {
            // Browsers leave out the default port.
            80 => name.to_owned(),
            port => format!("{name}:{port}"),
        };
        let ip = match address {
            SocketAddr::V4(place) => place.ip().to_string(),
            SocketAddr::V6(place) => format!("[{}]", place.ip()),
        };
        Ok(Self {
            listener,
            address,
            pause: None,
            browsers: Vec::new(),
            rules: Rules {
                hosts: [host(&ip), host("localhost")],
                token,
            },
            random,
            graph: Graph::open(options.with_all)?,
        })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until a signal comes.
    pub(super) fn serve(&mut self, signals: &Signals) -> Result<(), Failure> {
        loop {
            let has_more = self.graph.read()?;
            self.show();
            let now = Instant::now();
            let timeout = if has_more {
                Some(Duration::ZERO)
            } else {
                let next = self.deadline(now);
                next.map(|next| next.saturating_duration_since(now))
            };
            let mut fds = vec![PollFd::new(self.graph.monitor.as_fd(), PollFlags::POLLIN)];
            if self.pause.is_none() {
                fds.push(PollFd::new(self.listener.as_fd(), PollFlags::POLLIN));
            }
            let before = fds.len();
            let browsers = self.browsers.iter();
            fds.extend(browsers.map(|browser| PollFd::new(browser.fd(), browser.interest())));
            let woken = signals.wait_all(&mut fds, timeout)?;
            // A signal is the usual end, so it is not a failure.
            if woken.signal.is_some() {
                return Ok(());
            }
            let found: Vec<PollFlags> = fds
                .iter()
                .map(|fd| fd.revents().unwrap_or(PollFlags::empty()))
                .collect();
            let (is_called, of_browsers) = (
                before == 2 && found.get(1).is_some_and(|found| !found.is_empty()),
                found.get(before..).unwrap_or_default(),
            );
            drop(fds);
            self.step(of_browsers);
            if self.pause.is_some_and(|pause| pause <= Instant::now()) {
                self.pause = None;
            }
            if is_called {
                self.accept();
            }
        }
    }

    /// Returns the time of the next step that no event starts.
    fn deadline(&self, now: Instant) -> Option<Instant> {
        let is_wanted = self.browsers.iter().any(Browser::waits);
        let picture = self.graph.next_picture(now).filter(|_| is_wanted);
        let browsers = self.browsers.iter().filter_map(Browser::deadline);
        browsers.chain(picture).chain(self.pause).min()
    }

    /// Sends the newest picture to the browsers that wait for events.
    fn show(&mut self) {
        if !self.browsers.iter().any(Browser::waits) {
            return;
        }
        self.graph.draw();
        let graph = &self.graph;
        self.browsers.retain_mut(|browser| {
            !browser.wants(graph.number) || browser.show(graph.number, &graph.event) != Next::Drop
        });
    }

    /// Takes the next step for each browser, by the events that `poll` has found.
    fn step(&mut self, found: &[PollFlags]) {
        let now = Instant::now();
        let mut found = found.iter().copied();
        let mut browsers = std::mem::take(&mut self.browsers);
        browsers.retain_mut(|browser| {
            let found = found.next().unwrap_or(PollFlags::empty());
            let mut next = browser.step(found, now, &self.rules);
            if let Next::Answer(request) = next {
                next = self.answer(browser, request);
            }
            next != Next::Drop
        });
        self.browsers = browsers;
    }

    fn answer(&self, browser: &mut Browser, request: Result<Request, Refusal>) -> Next {
        let bytes = match request {
            Ok(Request::Page) => match self.random.text() {
                Ok(nonce) => answer::page(&nonce),
                Err(failure) => answer::failed("500 Internal Server Error", &failure.to_string()),
            },
            Ok(Request::Picture) => answer::picture(&self.graph.svg()),
            Ok(Request::Events) => return browser.follow(answer::events()),
            Ok(Request::Edit(edit)) => match edit::perform(&self.graph.monitor.control(), edit) {
                Ok(()) => answer::done(),
                Err(failure) => answer::failed("409 Conflict", &failure.to_string()),
            },
            Err(refusal) => answer::refused(refusal),
        };
        browser.answer(bytes)
    }

    /// Finds the oldest browser that reads no events.
    fn oldest_without_events(&self) -> Option<usize> {
        self.browsers.iter().position(|one| !one.follows())
    }

    /// Drops the oldest browser that reads no events, or else the newest one. Returns whether
    /// there was one.
    fn drop_one(&mut self) -> bool {
        let newest = self.browsers.len().checked_sub(1);
        let Some(one) = self.oldest_without_events().or(newest) else {
            return false;
        };
        self.browsers.remove(one);
        true
    }

    fn accept(&mut self) {
        // The number is limited, because programs that connect again and again must not block the
        // others.
        for turn in 0..MOST_BROWSERS {
            match self.listener.accept() {
                Ok((stream, _)) => {
                    let Ok(mut browser) = Browser::new(stream) else {
                        continue;
                    };
                    if self.browsers.len() >= MOST_BROWSERS {
                        let Some(first) = self.oldest_without_events() else {
                            let why = "too many pages are open";
                            // This is sent at once, or not at all.
                            browser.answer(answer::failed("503 Service Unavailable", why));
                            continue;
                        };
                        self.browsers.remove(first);
                    }
                    self.browsers.push(browser);
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock => return,
                    // The browser has already closed the connection.
                    io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted => {}
                    // The kernel returns this error also if no browser connects. `poll` has
                    // reported the first one.
                    _ if is_full(&error) && turn > 0 => return,
                    _ if is_full(&error) && self.drop_one() => {}
                    _ => {
                        self.pause = Instant::now().checked_add(PAUSE);
                        return;
                    }
                },
            }
        }
    }
}

/// Returns whether the process has no file descriptor left.
fn is_full(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::EMFILE as i32)
}

/// The clients, ports and connections, and the last picture of them.
struct Graph {
    monitor: TopologyMonitor,
    with_all: bool,
    /// Whether something has changed since the last picture.
    is_new: bool,
    /// The time at which the last picture was ready.
    drawn: Option<Instant>,
    /// The number of the last picture.
    number: u64,
    /// The last picture, as a server-sent event.
    event: Rc<[u8]>,
}

impl Graph {
    fn open(with_all: bool) -> Result<Self, Failure> {
        Ok(Self {
            monitor: TopologyMonitor::open("aseq graph")?,
            with_all,
            is_new: true,
            drawn: None,
            number: 0,
            event: Rc::default(),
        })
    }

    /// Reads the changes. Returns whether there may be more.
    fn read(&mut self) -> Result<bool, Failure> {
        for _ in 0..MANY {
            if self.monitor.try_next_change()?.is_none() {
                return Ok(false);
            }
            self.is_new = true;
        }
        Ok(true)
    }

    fn svg(&self) -> String {
        let own = self.monitor.control().id();
        let clients = graph::clients_of(self.monitor.topology(), own);
        svg(&Picture::of(&clients, self.with_all))
    }

    /// Returns the time of the next picture, if something has changed.
    fn next_picture(&self, now: Instant) -> Option<Instant> {
        let drawn = self.drawn.and_then(|drawn| drawn.checked_add(TURN));
        self.is_new.then_some(drawn.unwrap_or(now))
    }

    /// Draws the next picture if it is due.
    fn draw(&mut self) {
        let now = Instant::now();
        if self.next_picture(now).is_none_or(|due| now < due) {
            return;
        }
        self.is_new = false;
        let event = answer::event(&self.svg());
        self.drawn = Some(Instant::now());
        // Some changes do not affect the picture.
        if *event != *self.event {
            self.event = event.into();
            self.number += 1;
        }
    }
}
