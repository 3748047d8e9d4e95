//! Keeping a graph up to date, out of announcements that somebody else reads.
//!
//! When a snapshot is taken, announcements may be waiting of which the snapshot has the
//! outcome already ([`Tense::Past`]). Who reads them one by one cannot tell them from
//! those that came later. So a mark is made behind the snapshot: something of our own
//! that is announced, too. All that comes before the mark is of the past, or happened
//! while the snapshot was taken.

use std::collections::VecDeque;
use std::mem;

use super::reconcile::{ExitsDue, Reconcile, Tense};
use super::source::{Source, Without, is_mark};
use super::{Topology, TopologyChange};
use crate::address::Address;
use crate::error::Result;
use crate::event::EventData;

/// A graph, and what there is to remember until the announcements that are under way
/// have come.
pub(super) struct Upkeep {
    pub(super) topology: Topology,
    /// The port that hears the announcements. It is not in the graph.
    port: Address,
    exits_due: ExitsDue,
    /// What is still to be told.
    changes: VecDeque<TopologyChange>,
    /// How many marks were made, but not announced yet.
    marks_due: u32,
    /// Announcements were lost, or an answer of the kernel's was.
    outdated: bool,
    /// Whether announcements were lost since the last snapshot.
    lost: bool,
}

impl Upkeep {
    /// Takes the first snapshot, of which nothing is told. The port must hear the
    /// announcements already.
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

    /// The next change that was found.
    pub(super) fn next_change(&mut self) -> Option<TopologyChange> {
        self.changes.pop_front()
    }

    /// Whether a snapshot is needed, because the last could not be taken or an
    /// announcement was not understood.
    pub(super) const fn is_outdated(&self) -> bool {
        self.outdated
    }

    /// Deals with the next announcement.
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
        let source = Without {
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

    /// Deals with the loss of all announcements that were waiting.
    pub(super) fn overrun(&mut self, source: &impl Source) -> Result<()> {
        self.lost = true;
        self.marks_due = 0;
        self.refresh(source)
    }

    /// Takes a snapshot, and marks in the announcements where it was taken.
    pub(super) fn refresh(&mut self, source: &impl Source) -> Result<()> {
        self.outdated = true;
        let source = Without {
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
            // The graph has nothing of endpoints that could be compared.
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
