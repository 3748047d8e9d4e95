//! What people connect and disconnect by hand, remembered in a file.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use super::atomic::replace;
use super::endpoint::Endpoint;
use super::file::{Connect, Forbid, Place, Rules, read};
use super::plan::Pair;
use super::world::World;
use crate::failure::Failure;

const HEAD: &str = "\
# What was connected and disconnected by hand. `aseq patch keep --learn` writes this file
# anew when that changes: comments are lost.
";

/// The rules that were learned, as the file has them.
#[derive(Debug)]
pub(crate) struct Learned {
    path: PathBuf,
    pub(super) rules: Rules,
}

impl Learned {
    /// What the file has. A file that does not exist has nothing.
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

    /// Learns that somebody has connected two ports. Returns whether that is news. `base` are
    /// the rules that were not learned.
    pub(super) fn connected(&mut self, base: &Rules, world: &World, pair: Pair) -> bool {
        let before = self.rules.forbids.len();
        let mut forbids = std::mem::take(&mut self.rules.forbids);
        forbids.retain(|rule| {
            let mut alone = Rules::default();
            alone.forbids.push(rule.clone());
            alone.forbidding(world, pair).is_none()
        });
        self.rules.forbids = forbids;
        let is_allowed = self.rules.forbids.len() != before;
        let all = base.with(&self.rules);
        let is_wanted = all.plan(world).wanted.contains(&pair);
        if is_wanted || all.forbidding(world, pair).is_some() {
            return is_allowed;
        }
        let (from, to) = ends(world, pair);
        self.rules.connects.push(Connect {
            from,
            to,
            exclusive: false,
            place: Place::new(&self.path),
        });
        true
    }

    /// Learns that somebody has disconnected two ports. Returns whether that is news.
    pub(super) fn disconnected(&mut self, base: &Rules, world: &World, pair: Pair) -> bool {
        let before = self.rules.connects.len();
        let wants = |rule: &Connect| {
            let mut alone = Rules::default();
            alone.connects.push(rule.clone());
            alone.plan(world).wanted.contains(&pair)
        };
        self.rules.connects.retain(|rule| !wants(rule));
        let is_forgotten = self.rules.connects.len() != before;
        let all = base.with(&self.rules);
        if !all.plan(world).wanted.contains(&pair) {
            return is_forgotten;
        }
        let (from, to) = ends(world, pair);
        self.rules.forbids.push(Forbid {
            from,
            to,
            except: Vec::new(),
            place: Place::new(&self.path),
        });
        true
    }

    /// Writes the file, which is whole at every moment.
    pub(super) fn write(&self) -> io::Result<()> {
        replace(&self.path, text(&self.rules).as_bytes())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
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
