//! Measuring a generator: what the dialog does.

use super::part::Performer;
use crate::config::typed_path;
use crate::engine::{EvaluateRequest, ExploreCommand};
use crate::ui::action::{Dialog, Screen};
use crate::ui::effect::Effect;
use crate::ui::evaluate::EvaluateAction;
use crate::ui::state::BUNDLED;

impl Performer<'_> {
    /// Opens the dialog with what is on show and what was used the last time.
    pub(super) fn open_evaluation(&mut self) {
        let (run, played) = (self.state.run_on_show(), self.state.played());
        let source = if self.user.screen == Screen::Explore { played.or(run) } else { run.or(played) };
        let form = &mut self.user.evaluate;
        form.fill(source.unwrap_or_else(|| BUNDLED.to_owned()));
        let report = self.state.evaluation.report.as_ref();
        if let Some(report) = report {
            // The numbers of one generator must not be taken for those of another.
            form.again |= report.source != typed_path(&form.source).display().to_string();
        }
        if let Some(settings) = &self.state.settings {
            let remembered = [(&mut form.folder, &settings.real_pictures), (&mut form.inception, &settings.inception)];
            for (text, path) in remembered {
                if let Some(path) = path.as_ref().filter(|_| text.is_empty() && report.is_none()) {
                    *text = path.display().to_string();
                }
            }
        }
        self.user.dialog = Some(Dialog::Evaluate);
    }

    pub(super) fn evaluate(&mut self, action: EvaluateAction) {
        match action {
            EvaluateAction::Start => {
                let request = Box::new(self.user.evaluate.request());
                self.effects.push(Effect::Explore(ExploreCommand::Evaluate(request)));
            }
            EvaluateAction::Cancel => self.effects.push(Effect::Explore(ExploreCommand::CancelEvaluation)),
            EvaluateAction::LastResults => {
                self.user.evaluate.again = false;
                self.state.evaluation.failure = None;
            }
        }
    }

    /// The explorer has taken the request.
    pub(super) fn evaluation_begins(&mut self, request: EvaluateRequest) {
        self.state.evaluation.starts(self.now);
        self.user.evaluate.again = false;
        self.effects.extend(self.state.change_settings(|settings| {
            settings.real_pictures = request.folder;
            settings.inception = request.inception;
        }));
    }
}
