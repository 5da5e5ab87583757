//! Which files of the run the other machine lacks, and in which order they are sent: what is small at once, a part of a
//! checkpoint whenever there is nothing else.

use crate::engine::run::remote::talk::{Known, Told};
use crate::train::{CHECKPOINT, Extent, HISTORIES, Outgoing, RunDir, RunFile};
use std::collections::{BTreeSet, VecDeque};
use std::io;

/// What was sent of a history.
struct Sent {
    file: RunFile,
    /// What the other machine said it has, until that is compared.
    claimed: Option<Extent>,
    /// Which file it was, and how long.
    identity: u64,
    length: u64,
}

/// What is to be sent.
pub(in crate::engine::process) struct Sending {
    histories: Vec<Sent>,
    held_out: bool,
    samples: BTreeSet<u64>,
    maps: BTreeSet<u64>,
    checkpoints: BTreeSet<u64>,
    /// The checkpoints that were told.
    listed: Option<Vec<u64>>,
    /// Small files that are being sent.
    small: VecDeque<Outgoing>,
    /// A checkpoint that is being sent: its files.
    large: VecDeque<Outgoing>,
    /// Small files may have changed; there may be another checkpoint.
    look: [bool; 2],
}

impl Sending {
    /// For a machine that has this.
    pub(in crate::engine::process) fn new(known: Known) -> Self {
        let sent = |(file, claimed)| Sent { file, claimed: Some(claimed), identity: 0, length: 0 };
        Self {
            histories: HISTORIES.into_iter().zip(known.histories).map(sent).collect(),
            held_out: known.held_out,
            samples: known.samples.into_iter().collect(),
            maps: known.maps.into_iter().collect(),
            checkpoints: known.checkpoints.into_iter().collect(),
            listed: None,
            small: VecDeque::new(),
            large: VecDeque::new(),
            look: [true; 2],
        }
    }

    /// A history, a sample grid or a map is new.
    pub(in crate::engine::process) fn files_changed(&mut self) {
        self.look[0] = true;
    }

    /// A checkpoint is new.
    pub(in crate::engine::process) fn checkpoint_saved(&mut self) {
        self.look = [true; 2];
    }

    /// The sample grid of this step was drawn anew.
    pub(in crate::engine::process) fn sample_changed(&mut self, step: u64) {
        self.samples.remove(&step);
    }

    /// The next part of the small files; none when all are sent.
    pub(in crate::engine::process) fn small(&mut self, dir: &RunDir) -> Option<Told> {
        loop {
            if let Some(part) = next(&mut self.small) {
                return Some(part);
            }
            if !std::mem::take(&mut self.look[0]) {
                return None;
            }
            self.find_small(dir);
        }
    }

    fn find_small(&mut self, dir: &RunDir) {
        for sent in &mut self.histories {
            match sent.news(dir) {
                Ok(Some(news)) => self.small.push_back(news),
                Err(e) if e.kind() != io::ErrorKind::NotFound => log::warn!("{:?}: {e}", sent.file),
                _ => {}
            }
        }
        if !self.held_out
            && let Ok(list) = Outgoing::open(dir, RunFile::HeldOut, 0)
        {
            self.held_out = true;
            self.small.push_back(list);
        }
        for step in dir.sample_steps() {
            if self.samples.insert(step) {
                self.small.extend(Outgoing::open(dir, RunFile::Sample(step), 0).ok());
            }
        }
        let maps = dir.map_steps();
        // One that a rollback has removed may be drawn again.
        self.maps.retain(|step| maps.contains(step));
        for step in maps {
            if self.maps.insert(step) {
                self.small.extend(Outgoing::open(dir, RunFile::Map(step), 0).ok());
            }
        }
    }

    /// The next part of a checkpoint, or the list of those that there are; none when all is sent.
    pub(in crate::engine::process) fn large(&mut self, dir: &RunDir) -> Option<Told> {
        if let Some(part) = next(&mut self.large) {
            return Some(part);
        }
        if !self.look[1] {
            return None;
        }
        let there: Vec<u64> = dir.checkpoint_steps().into_iter().map(|(step, _)| step).collect();
        if self.listed.as_ref() != Some(&there) {
            self.listed = Some(there.clone());
            return Some(Told::Checkpoints(there));
        }
        // On a slow line the newest goes before those that it replaces.
        let best = dir.best().map(|(best, _)| best.step);
        let missing = there.last().copied().into_iter().chain(best).find(|step| !self.checkpoints.contains(step));
        self.look[1] = missing.is_some();
        let step = missing?;
        self.checkpoints.insert(step);
        let files: io::Result<VecDeque<Outgoing>> =
            CHECKPOINT.iter().map(|file| Outgoing::open(dir, file(step), 0)).collect();
        // One that went meanwhile is not missed.
        self.large = files.unwrap_or_default();
        next(&mut self.large)
    }
}

impl Sent {
    /// What is new in the history, if anything.
    fn news(&mut self, dir: &RunDir) -> io::Result<Option<Outgoing>> {
        let whole = Outgoing::open(dir, self.file, 0)?;
        if let Some(claimed) = self.claimed.take()
            && claimed.length <= whole.total()
            && dir.extent(self.file, claimed.length) == claimed
        {
            (self.identity, self.length) = (whole.identity(), claimed.length);
        }
        let grown = self.identity == whole.identity() && self.length <= whole.total();
        let at = if grown { self.length } else { 0 };
        if at == whole.total() && (grown || whole.total() == 0) {
            return Ok(None);
        }
        (self.identity, self.length) = (whole.identity(), whole.total());
        if at == 0 { Ok(Some(whole)) } else { Outgoing::open_until(dir, self.file, at, self.length).map(Some) }
    }
}

/// The next part of the first of these files.
pub(in crate::engine::process) fn next(files: &mut VecDeque<Outgoing>) -> Option<Told> {
    loop {
        match files.front_mut()?.next() {
            Ok(Some(part)) => return Some(Told::Part(part)),
            Ok(None) => {}
            Err(e) => log::warn!("a file of the run cannot be sent: {e}"),
        }
        files.pop_front();
    }
}
