//! The explorer without a window: actions and answers in, requests and what is on show out.

use super::act::dropped;
use super::action::CatAction;
use super::action::{ExploreAction, Gesture};
use super::exploration::Exploration;
use super::pad::MODES;
use super::part::ExplorerPart;
use crate::config::ModelConfig;
use crate::engine::{
    ExploreCommand, ExploreEvent, ExploreModel, ExploreSource, GeneratedPicture, LatentSpec, Level, RequestKind,
    RunSteps,
};
use crate::pixels::Frame;
use crate::ui::action::{Dialog, Screen};
use crate::ui::effect::Effect;
use crate::ui::state::{Counted, ExploreState, MAP};
use std::path::Path;
use std::sync::Arc;

/// An explorer whose requests are all taken, or all refused.
#[derive(Default)]
struct Table {
    told: ExploreState,
    user: Exploration,
    full: bool,
}

impl Table {
    /// With a generator, and its first picture on show.
    fn open() -> Self {
        let mut table = Self::default();
        table.user.load_dice(1);
        table.act(ExploreAction::Open { source: ExploreSource::Bundled, goal: None });
        table.opened(2);
        table.draw(0.0);
        table
    }

    /// A generator that takes latents of this size is open.
    fn opened(&mut self, latent_size: u32) {
        self.take_in(ExploreEvent::Opened(Arc::new(ExploreModel {
            label: "cats".into(),
            source: ExploreSource::Bundled,
            config: ModelConfig { latent_size, ..ModelConfig::default() },
            hash: String::new(),
            step: 100,
            run_seed: None,
            discriminator: true,
            steps: RunSteps { all: vec![50, 100], best: Some(50) },
        })));
    }

    fn part(&mut self) -> ExplorerPart<'_> {
        ExplorerPart::new(&mut self.told, &mut self.user)
    }

    /// Carries the effects out as the window does; gives all of them, what followed included.
    fn carry_out(&mut self, effects: Vec<Effect>) -> Vec<Effect> {
        let mut all = effects.clone();
        for effect in effects {
            if let Effect::Explore(command) = effect {
                let taken = !self.full;
                all.extend(self.part().sent(command, taken));
            }
        }
        all
    }

    fn act(&mut self, action: ExploreAction) -> Vec<Effect> {
        let effects = self.part().act(action, 0.0);
        self.carry_out(effects)
    }

    fn take_in(&mut self, event: ExploreEvent) -> Vec<Effect> {
        let effects = self.part().take_in(event, 0.0);
        self.carry_out(effects)
    }

    /// The requests of a frame at this time.
    fn request(&mut self, now: f64) -> Vec<ExploreCommand> {
        let effects = self.part().request(true, now);
        self.carry_out(effects).into_iter().filter_map(command).collect()
    }

    /// Lets the wanted picture be drawn, with a latent that tells its stamp; gives what was asked for.
    fn draw(&mut self, now: f64) -> Option<LatentSpec> {
        let shown = self.request(now).into_iter().find_map(|command| match command {
            ExploreCommand::Show { stamp, spec, .. } => Some((stamp, spec)),
            _ => None,
        });
        let (stamp, spec) = shown?;
        let frame = Arc::new(Frame::filled(1, 1, [0; 3]));
        let latent = vec![stamp as f32, 0.0].into();
        self.take_in(ExploreEvent::Picture(GeneratedPicture { stamp, latent, frame, seconds: 0.0 }));
        Some(spec)
    }
}

fn command(effect: Effect) -> Option<ExploreCommand> {
    if let Effect::Explore(command) = effect { Some(command) } else { None }
}

fn warned(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Toast(Level::Warning, text) if text.contains("busy")))
}

#[test]
fn the_first_look_opens_the_bundled_generator() {
    let mut table = Table::default();
    let effects = table.part().tick(0.0);
    let effects = table.carry_out(effects);
    assert!(matches!(
        effects[..],
        [
            Effect::Show(Screen::Explore),
            Effect::Dialog(None),
            Effect::Explore(ExploreCommand::Open(ExploreSource::Bundled))
        ]
    ));
    assert_eq!(table.told.opening, Some(ExploreSource::Bundled));
    assert!(table.part().tick(0.1).is_empty(), "once");
}

#[test]
fn an_open_generator_asks_for_its_picture_and_its_map_once() {
    let mut table = Table::default();
    table.user.started = true;
    assert!(table.request(0.0).is_empty(), "nothing is open");
    let mut table = Table::open();
    assert!(table.told.drawn.is_some() && table.user.current.is_some());
    assert!(table.request(0.1).is_empty(), "the map is on its way");
    assert!(table.act(ExploreAction::Open { source: ExploreSource::Bundled, goal: None }).len() == 2, "it is open");
}

#[test]
fn random_pictures_can_be_undone_and_redone() {
    let mut table = Table::open();
    let first = table.user.current.clone().unwrap();
    table.act(ExploreAction::Random);
    assert!(matches!(table.draw(1.0), Some(LatentSpec::Seed { number: 0, .. })));
    let second = table.user.current.clone().unwrap();
    table.act(ExploreAction::Undo);
    assert_eq!(table.draw(2.0), Some(LatentSpec::Latent(first.latent.clone())));
    assert_eq!(table.user.current.as_ref().unwrap().spec, first.spec);
    assert!(matches!(&table.act(ExploreAction::Undo)[..], [Effect::Toast(Level::Info, _)]), "it is the first point");
    table.act(ExploreAction::Redo);
    assert_eq!(table.draw(3.0), Some(LatentSpec::Latent(second.latent)));
}

#[test]
fn steps_of_one_drag_are_one_point_of_the_past() {
    let mut table = Table::open();
    for (step, gesture) in
        [Gesture::Begin("pad"), Gesture::Continue("pad"), Gesture::Continue("pad")].into_iter().enumerate()
    {
        table.act(ExploreAction::Go(LatentSpec::Plane { seed: 3, x: step as f64, y: 0.0 }, gesture));
        table.draw(1.0 + step as f64);
    }
    assert_eq!(table.user.history.past().len(), 2);
}

/// What is only for the picture on show is asked for again; what the person asked for is told.
#[test]
fn a_full_queue_loses_nothing_silently() {
    let mut table = Table::open();
    table.full = true;
    table.act(ExploreAction::Random);
    table.act(ExploreAction::AtStep(Some(50)));
    for now in [1.0, 2.0] {
        let asked = table.request(now);
        assert!(matches!(asked[..], [ExploreCommand::Show { .. }, ExploreCommand::AtStep(Some(50)), ..]), "{asked:?}");
    }
    assert!(warned(&table.act(ExploreAction::Curate)) && table.told.ranking.is_none());
    assert!(warned(&table.act(ExploreAction::Neighbours)) && table.told.comparing.is_none());
    assert!(warned(&table.act(ExploreAction::Film)) && table.told.film.is_none());
    assert!(!table.told.working());
    let other = ExploreSource::File("cats.pth".into());
    assert!(warned(&table.act(ExploreAction::Open { source: other, goal: None })));
    assert_eq!(
        (table.told.opening.as_ref(), table.told.failure.as_deref()),
        (None, Some("The explorer is not responding."))
    );
    table.full = false;
    table.act(ExploreAction::Curate);
    assert_eq!(table.told.ranking, Some(Counted { done: 0, total: 1000 }));
    assert!(table.told.working());
    table.take_in(ExploreEvent::Cancelled);
    assert!(!table.told.working());
}

#[test]
fn a_checkpoint_waits_for_the_answer_to_the_one_before() {
    let steps = |asked: Vec<ExploreCommand>| -> Vec<Option<u64>> {
        asked.into_iter().filter_map(|c| if let ExploreCommand::AtStep(step) = c { Some(step) } else { None }).collect()
    };
    let mut table = Table::open();
    table.act(ExploreAction::AtStep(Some(50)));
    assert_eq!(steps(table.request(1.0)), [Some(50)]);
    table.act(ExploreAction::AtStep(Some(100)));
    table.act(ExploreAction::AtStep(None));
    assert_eq!(steps(table.request(1.1)), []);
    table.take_in(ExploreEvent::Refreshed { step: 50 });
    assert_eq!(steps(table.request(1.2)), [None], "only the newest wish counts");
    // The chosen checkpoint is gone: back to the newest weights.
    table.user.at_step = Some(50);
    let about = RequestKind::Step;
    let effects = table.take_in(ExploreEvent::Failed { about, text: "step 50 is gone".into() });
    assert!(matches!(&effects[..], [Effect::Notice(Level::Error, text)] if text == "step 50 is gone"));
    assert_eq!((steps(table.request(1.3)), table.user.at_step), (vec![None], None));
}

#[test]
fn pictures_of_old_requests_come_too_late() {
    let mut table = Table::open();
    table.act(ExploreAction::Random);
    table.request(1.0);
    let before = table.told.drawn.clone();
    let frame = Arc::new(Frame::filled(1, 1, [9; 3]));
    let late = GeneratedPicture { stamp: 1, latent: vec![0.0, 0.0].into(), frame: frame.clone(), seconds: 0.0 };
    table.take_in(ExploreEvent::Picture(late));
    assert_eq!(table.told.drawn, before);
    let thumbnails = |stamp| ExploreEvent::Thumbnails {
        purpose: MAP,
        stamp,
        first: 0,
        pictures: vec![(vec![0.0, 0.0].into(), frame.clone())],
    };
    table.take_in(thumbnails(99));
    assert!(table.told.map.get((0, 0)).is_none());
    table.take_in(thumbnails(1));
    assert!(table.told.map.get((0, 0)).is_some(), "the middle comes first");
}

#[test]
fn a_pasted_picture_is_searched_for_unless_something_is_under_way() {
    use crate::engine::{CroppedPhoto, FoundCat, Likeness, OpenedPhoto, Photo, Placement, Square};
    let mut table = Table::open();
    let photo = || Photo::Pasted(Arc::new(Frame::filled(1, 1, [0; 3])));
    let effects = table.part().search(photo());
    let effects = table.carry_out(effects);
    let [Effect::Dialog(Some(Dialog::Search)), Effect::Explore(ExploreCommand::OpenPhoto(_))] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert!(matches!(table.part().search(photo())[..], [Effect::Dialog(Some(Dialog::Search))]));
    let square = Square::middle_of((8, 8));
    let photo = CroppedPhoto { frame: Arc::new(Frame::filled(8, 8, [5; 3])), square };
    table.take_in(ExploreEvent::PhotoOpened(OpenedPhoto { photo, placement: Placement::Crop }));
    let effects = table.part().act(ExploreAction::Cat(CatAction::Find), 0.0);
    let effects = table.carry_out(effects);
    assert!(matches!(&effects[..], [Effect::Explore(ExploreCommand::Project(p))] if p.square == square), "{effects:?}");
    let frame = Arc::new(Frame::filled(1, 1, [0; 3]));
    let likeness = Likeness { error: 3.0, share: 0.7, face: true };
    table.take_in(ExploreEvent::Projected(FoundCat { latent: vec![7.0, 7.0].into(), frame, likeness }));
    assert_eq!(table.draw(1.0), Some(LatentSpec::Latent(vec![7.0, 7.0].into())));
}

#[test]
fn what_is_dropped_is_restored_searched_for_or_opened() {
    let what = |name: &str, searching| dropped(Path::new(name), searching);
    assert!(matches!(what("a.PNG", false), Some(ExploreAction::Restore(_))));
    assert!(matches!(what("a.png", true), Some(ExploreAction::Search(_))));
    assert!(matches!(what("a.jpeg", false), Some(ExploreAction::Search(_))));
    assert!(matches!(what("a.pth", false), Some(ExploreAction::Open { source: ExploreSource::File(_), goal: None })));
    assert_eq!(what("pictures", false), None);
}

/// Without a point of its own latent space on show, nothing could be saved, mutated or kept.
#[test]
fn a_generator_of_another_latent_size_shows_a_picture_on_every_pad() {
    for mode in MODES {
        let mut table = Table::open();
        table.act(ExploreAction::AddFavourite);
        table.user.enter(mode);
        table.opened(3);
        assert!(table.user.favourites.list.is_empty(), "points of another space");
        assert_eq!(table.draw(1.0), Some(table.user.plane.spec()), "{mode:?}");
        assert!(table.user.current.is_some());
    }
}
