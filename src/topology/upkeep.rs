//! Keeps a graph up to date, with announcements that another part of the program reads.
//!
//! When a snapshot is taken, older announcements may be waiting whose changes the
//! snapshot already contains ([`Tense::Past`]). A reader cannot distinguish them from
//! later ones. So this makes a mark after each snapshot: a change of our own, which the
//! kernel announces, too. All announcements before the mark are of the past, or happened
//! during the snapshot.

use std::collections::VecDeque;
use std::mem;

use super::reconcile::{ExitsDue, Reconcile, Tense};
use super::source::{Source, WithoutPort, is_mark};
use super::{Topology, TopologyChange};
use crate::address::Address;
use crate::error::Result;
use crate::event::EventData;

/// A graph, with the state that is needed until the waiting announcements were read.
pub(super) struct Upkeep {
    pub(super) topology: Topology,
    /// The port that receives the announcements. It is not in the graph.
    port: Address,
    exits_due: ExitsDue,
    /// The changes that were not returned yet.
    changes: VecDeque<TopologyChange>,
    /// The number of marks whose announcements were not read yet.
    marks_due: u32,
    /// Whether announcements or answers of the kernel were lost.
    outdated: bool,
    /// Whether announcements were lost since the last snapshot.
    lost: bool,
}

impl Upkeep {
    /// Takes the first snapshot, without reporting changes. The port must already receive
    /// the announcements.
    pub(super) fn new(port: Address, source: &impl Source) -> Result<Self> {
        let mut upkeep = Self {
            topology: Topology::new(),
            port,
            exits_due: ExitsDue::new(),
            changes: VecDeque::new(),
            marks_due: 0,
            outdated: true,
            lost: false,
        };
        upkeep.refresh(source)?;
        upkeep.changes.clear();
        Ok(upkeep)
    }

    /// Returns the next change that was not returned yet.
    pub(super) fn next_change(&mut self) -> Option<TopologyChange> {
        self.changes.pop_front()
    }

    /// Returns whether a new snapshot is needed, because the last one failed, or an announcement
    /// could not be handled.
    pub(super) const fn is_outdated(&self) -> bool {
        self.outdated
    }

    /// Handles the next announcement.
    pub(super) fn update(&mut self, source: &impl Source, data: &EventData<'_>) -> Result<()> {
        if self.outdated {
            self.refresh(source)?;
        }
        if is_mark(data, self.port) {
            self.marks_due = self.marks_due.saturating_sub(1);
            return Ok(());
        }
        let tense = match self.marks_due {
            0 => Tense::Present,
            _ => Tense::Past,
        };
        self.apply(source, data, tense)
    }

    pub(super) fn apply(
        &mut self,
        source: &impl Source,
        data: &EventData<'_>,
        tense: Tense,
    ) -> Result<()> {
        let source = WithoutPort {
            source,
            port: self.port,
        };
        let mut changes = Vec::new();
        let (topology, exits_due) = (&mut self.topology, &mut self.exits_due);
        let result = Reconcile::new(topology, exits_due, &source, &mut changes).apply(data, tense);
        self.changes.extend(changes);
        self.outdated |= result.is_err();
        result
    }

    /// Handles the loss of all waiting announcements.
    pub(super) fn overrun(&mut self, source: &impl Source) -> Result<()> {
        self.lost = true;
        self.marks_due = 0;
        self.refresh(source)
    }

    /// Takes a snapshot, and makes a mark in the stream of announcements.
    pub(super) fn refresh(&mut self, source: &impl Source) -> Result<()> {
        self.outdated = true;
        let source = WithoutPort {
            source,
            port: self.port,
        };
        let newer = Topology::read(&source)?;
        let mut changes = Vec::new();
        let lost = mem::take(&mut self.lost);
        if lost {
            changes.push(TopologyChange::Resynchronized);
        }
        self.topology.conform(&newer, &mut changes);
        self.exits_due.clear();
        if lost {
            // The graph has no data about endpoints to compare.
            let clients = self.topology.clients();
            let ump = clients.filter(|client| client.midi_version().is_ump());
            changes.extend(ump.map(|client| TopologyChange::EndpointChanged(client.id())));
        }
        self.changes.extend(changes);
        source.mark(self.port)?;
        self.marks_due += 1;
        self.outdated = false;
        Ok(())
    }
}
