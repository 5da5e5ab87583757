//! The beginning of a run, and its pictures.

use super::Session;
use super::pending::{Begun, PendingRun};
use super::pictures::PicturesFailed;
use crate::compute::ran_out;
use crate::config::{DataConfig, RunConfig};
use crate::data::PictureEdit;
use crate::engine::protocol::command::Command;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::event::{Event, Level, RunEnd, RunState};
use crate::engine::protocol::outbox::Outbox;
use crate::engine::run::at_once::watch_memory;
use crate::engine::run::rest::Rest;

impl Session {
    /// Prepares a run; whatever goes wrong ends it before its first step.
    pub(super) fn begin(&mut self, prepare: impl FnOnce(&mut Outbox) -> Result<PendingRun, EngineError>) {
        if self.run.is_some() || self.remote.is_some() || self.pending.is_some() {
            self.notice(Level::Warning, "A run is in progress; stop it first.");
            return;
        }
        self.unwatch();
        self.told_next_run = false;
        self.speed.cancel();
        self.set_state(RunState::Preparing);
        match prepare(&mut self.out) {
            Ok(pending) => {
                let (data, size) = (pending.config.data.clone(), pending.config.model.size);
                self.pending = Some(pending);
                self.out.push(Event::Preparing("Preparing the pictures".to_owned()));
                self.scan(data, size);
            }
            Err(e) => self.fail(&e),
        }
    }

    pub(super) fn scan(&mut self, data: DataConfig, size: u32) {
        if let Some(pending) = &self.pending {
            if (&pending.config.data, pending.config.model.size) != (&data, size) {
                // Asked for in the moment in which the run began: whoever wants these asks again once it trains.
                return;
            }
            if let Some(dataset) = self.pictures.ready_for(&data, size) {
                // The same request again, by the run that it was made for.
                self.out.push(Event::DataReady(dataset.report().clone()));
                self.launch();
                return;
            }
            // Start was pressed while the same pictures are being prepared: they will do.
            if self.pictures.is_preparing_for(&data, size) {
                return;
            }
        }
        if let Err(e) = self.pictures.prepare(data, size, &mut self.out) {
            self.pictures_failed(e);
        }
    }

    /// A run in progress would make every step slower, and be made slower itself.
    pub(super) fn measure_speed(&mut self, config: Box<RunConfig>) {
        if self.run.is_some() || self.pending.is_some() {
            let found = Err("A run is in progress.".to_owned());
            return self.out.push(Event::Speed { config, found });
        }
        self.speed.want(config, &mut self.out);
    }

    /// A run that waits for its pictures gets them as they are changed here; one that has begun keeps its own.
    pub(super) fn edit_pictures(&mut self, edit: PictureEdit) {
        if self.run.is_some() && !std::mem::replace(&mut self.told_next_run, true) {
            self.notice(
                Level::Info,
                "Changes to the pictures apply to the next run, and to this one when it is resumed; until then it \
                 trains on the pictures that it began with.",
            );
        }
        if let Err(e) = self.pictures.edit(edit, &mut self.out) {
            self.pictures_failed(e);
        }
    }

    pub(super) fn poll_pictures(&mut self) {
        match self.pictures.poll(&mut self.out) {
            None => {}
            Some(Ok(())) => self.launch(),
            Some(Err(e)) => self.pictures_failed(e),
        }
    }

    fn pictures_failed(&mut self, PicturesFailed { cause, text }: PicturesFailed) {
        self.out.push(Event::DataFailed(text.clone()));
        if self.pending.take().is_some() {
            self.end(RunEnd::Failed { cause, text });
        }
    }

    /// The pictures are there: builds the networks of the run that waits for them, if there is one, and starts it.
    fn launch(&mut self) {
        let Some(dataset) = self.pictures.newest() else { return };
        let Some(mut pending) = self.pending.take() else { return };
        let rival = pending.rival.take();
        rival.iter().for_each(|rival| self.open_race(rival.seconds));
        if !pending.is_elsewhere() {
            self.out.push(Event::Preparing("Building the networks".to_owned()));
            self.out.flush(true);
        }
        self.out.record(true);
        // Memory that ran out before did so in the work of something else.
        _ = ran_out();
        match pending.build(dataset.clone(), &self.library.runs_folder(), &mut self.shown, &mut self.out) {
            Ok(Begun::There(run)) => {
                run.ask(Command::SetManners(self.manners));
                self.remote = Some(run);
            }
            Ok(Begun::Here(run)) => {
                watch_memory(Some(&*run).filter(|_| rival.is_none()));
                self.run = Some(*run);
                self.queued_run_began();
                (self.rest, self.on_battery_anyway) = (Rest::default(), false);
                self.set_state(RunState::Running);
                if let Some(rival) = rival {
                    self.begin_second(*rival.pending, dataset);
                }
                self.out.push(Event::Preparing("First step (a GPU compiles its shaders now)".to_owned()));
                self.out.flush(true);
            }
            Err(e) => self.fail(&e),
        }
    }
}
