//! Connections that people make and remove by hand, as rules in a file.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use super::atomic::replace;
use super::endpoint::Endpoint;
use super::file::{Connect, Forbid, MOST, Place, Rules, is_too_long, read};
use super::keeper::Change;
use super::plan::Pair;
use super::world::World;
use crate::failure::Failure;

const HEAD: &str = "\
# Connections that were made and undone by hand. `aseq patch keep --learn` writes this file
# anew when these change: comments are lost.
";

/// The learned rules, as in the file.
#[derive(Debug)]
pub(crate) struct Learned {
    path: PathBuf,
    pub(super) rules: Rules,
}

impl Learned {
    /// Reads the rules in the file. A file that does not exist has no rules.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let rules = match read(path) {
            Err(Failure::File { error, .. }) if error.kind() == io::ErrorKind::NotFound => {
                Rules::default()
            }
            read => read?,
        };
        Ok(Self {
            path: path.to_owned(),
            rules,
        })
    }

    /// Learns from a change that somebody else has made. `base` are the rules that were not
    /// learned.
    pub(super) fn learn(
        &mut self,
        base: &Rules,
        world: &World,
        pair: Pair,
        change: Change,
    ) -> Lesson {
        match change {
            Change::Connected => self.connected(base, world, pair),
            Change::Disconnected => self.disconnected(base, world, pair),
        }
    }

    fn connected(&mut self, base: &Rules, world: &World, pair: Pair) -> Lesson {
        let before = self.rules.forbids.len();
        if let Some((sender, receiver)) = world.ends(pair) {
            let forbids = &mut self.rules.forbids;
            forbids.retain(|rule| !rule.forbids(sender, receiver));
        }
        let lesson = Lesson::new(self.rules.forbids.len() != before);
        let is_wanted = base.want(world, pair) || self.rules.want(world, pair);
        let is_forbidden = |rules: &Rules| rules.forbidding(world, pair).is_some();
        if is_wanted || is_forbidden(base) || is_forbidden(&self.rules) {
            return lesson;
        }
        if self.rules.len() >= MOST {
            return Lesson::NoRoom;
        }
        let (from, to) = ends(world, pair);
        self.rules.connects.push(Connect {
            from,
            to,
            exclusive: world.is_exclusive(pair),
            place: Place::new(&self.path),
        });
        Lesson::News
    }

    fn disconnected(&mut self, base: &Rules, world: &World, pair: Pair) -> Lesson {
        let before = self.rules.connects.len();
        self.rules.connects.retain(|rule| !rule.wants(world, pair));
        let lesson = Lesson::new(self.rules.connects.len() != before);
        let is_forbidden = |rules: &Rules| rules.forbidding(world, pair).is_some();
        if !base.want(world, pair) || is_forbidden(base) || is_forbidden(&self.rules) {
            return lesson;
        }
        if self.rules.len() >= MOST {
            return Lesson::NoRoom;
        }
        let (from, to) = ends(world, pair);
        self.rules.forbids.push(Forbid {
            from,
            to,
            except: Vec::new(),
            place: Place::new(&self.path),
        });
        Lesson::News
    }

    /// Writes the file, which is complete at every moment.
    pub(super) fn write(&self) -> io::Result<()> {
        let text = text(&self.rules);
        // A longer file could not be read again.
        if is_too_long(text.len()) {
            return Err(io::Error::other("it would be longer than 1 MiB"));
        }
        replace(&self.path, text.as_bytes())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// The result of learning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lesson {
    /// The rules have changed.
    News,
    Known,
    /// A further rule is needed, but the file has no room for it.
    NoRoom,
}

impl Lesson {
    fn new(is_news: bool) -> Self {
        if is_news { Self::News } else { Self::Known }
    }
}

fn ends(world: &World, pair: Pair) -> (Vec<Endpoint>, Vec<Endpoint>) {
    let end = |port| vec![world.identity(port)];
    (end(pair.sender), end(pair.receiver))
}

fn text(rules: &Rules) -> String {
    let mut text = HEAD.to_owned();
    // Writing to a string cannot fail.
    for rule in &rules.connects {
        let (from, to) = (list(&rule.from), list(&rule.to));
        let _ = write!(text, "\n[[connect]]\nfrom = {from}\nto = {to}\n");
        if rule.exclusive {
            text.push_str("exclusive = true\n");
        }
    }
    for rule in &rules.forbids {
        let (from, to) = (list(&rule.from), list(&rule.to));
        let _ = write!(text, "\n[[forbid]]\nfrom = {from}\nto = {to}\n");
        if !rule.except.is_empty() {
            let except = rule.except.iter();
            let except =
                except.map(|(from, to)| format!("{{ from = {}, to = {} }}", list(from), list(to)));
            let except: Vec<String> = except.collect();
            let _ = writeln!(text, "except = [{}]", except.join(", "));
        }
    }
    text
}

fn list(endpoints: &[Endpoint]) -> String {
    let ends: Vec<String> = endpoints.iter().map(Endpoint::toml).collect();
    match ends.as_slice() {
        [end] => end.clone(),
        ends => format!("[{}]", ends.join(", ")),
    }
}
