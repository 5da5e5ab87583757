//! The explorer's screen over an explorer that the tests play: what is asked for, and what an answer shows.

use crate::stage::*;
use egui::accesskit::Role;
use egui::{Key, Modifiers, Pos2, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use purrtrait::config::{BlendAmounts, ModelConfig, Usage};
use purrtrait::engine::{
    BestCheckpoint, BlendPreview, Command, CroppedPhoto, DirectionInfo, DirectionMethod, Event, ExploreCommand,
    ExploreEvent, ExploreModel, ExploreSource, FileUse, FilmPath, FoundCat, GeneratedPicture, Latent, LatentSpec,
    Likeness, Neighbour, OpenedPhoto, Originality, Photo, PixelPoint, Placement, PutInReport, RequestKind, RunEnd,
    RunSteps, SharpenInfo, SharpenMeasures, Square,
};
use purrtrait::ui::{PadMode, Screen};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Numbers of a latent of the played generator.
const SIZE: usize = 4;

/// An explorer whose pictures are cats with fur of the place's colour.
#[derive(Default)]
pub struct Player {
    /// Everything that was asked for, oldest first.
    pub asked: Vec<ExploreCommand>,
}

impl Player {
    /// Goes to the screen and opens the bundled generator.
    pub fn open(stage: &mut Stage) -> Self {
        stage.with_app(|app| {
            app.user.screen = Screen::Explore;
            app.user.explore.load_dice(7);
        });
        stage.harness.run_steps(2);
        let mut player = Self::default();
        player.take(stage);
        player.opened(stage);
        let names = ["smile", "coat", "a rather long name of a direction", "ears"];
        let directions = names.iter().enumerate();
        let info = |(i, name): (usize, &&str)| DirectionInfo { name: (*name).into(), strength: 1.0 - i as f32 * 0.2 };
        stage.explorer_tells(ExploreEvent::Directions(directions.map(info).collect()));
        player.play(stage);
        player
    }

    /// The bundled generator is open.
    pub fn opened(&mut self, stage: &mut Stage) {
        stage.explorer_tells(ExploreEvent::Opened(Arc::new(model(ExploreSource::Bundled, Vec::new()))));
    }

    /// Takes what was asked for, without an answer.
    pub fn take(&mut self, stage: &mut Stage) -> Vec<ExploreCommand> {
        stage.harness.run_steps(2);
        let new: Vec<ExploreCommand> = stage.explored.try_iter().collect();
        self.asked.extend(new.iter().cloned());
        new
    }

    /// Answers all that is asked for, until nothing more is.
    pub fn play(&mut self, stage: &mut Stage) -> Vec<ExploreCommand> {
        let mut all = Vec::new();
        for _ in 0..20 {
            let new = self.take(stage);
            if new.is_empty() {
                break;
            }
            for command in &new {
                self.answer(stage, command);
            }
            all.extend(new);
        }
        all
    }

    fn answer(&self, stage: &mut Stage, command: &ExploreCommand) {
        match command {
            ExploreCommand::Show { stamp, spec, .. } => stage.explorer_tells(picture(*stamp, spec)),
            ExploreCommand::Thumbnails { purpose, stamp, specs, .. } => {
                let pictures = specs.iter().map(|p| (latent(p), Arc::new(cat(colour(p), 32)))).collect();
                stage.explorer_tells(ExploreEvent::Thumbnails { purpose, stamp: *stamp, first: 0, pictures });
            }
            _ => {}
        }
    }

    /// Keeps so many random pictures.
    pub fn favourites(&mut self, stage: &mut Stage, count: usize) {
        for _ in 0..count {
            stage.press("Random");
            self.play(stage);
            stage.press("Keep");
        }
    }
}

fn model(source: ExploreSource, all: Vec<u64>) -> ExploreModel {
    ExploreModel {
        label: "a bundled generator with a name that is far too long for its place".into(),
        source,
        config: ModelConfig { size: 64, latent_size: SIZE as u32, ..ModelConfig::default() },
        hash: "0123".into(),
        step: 12_000,
        run_seed: Some(7),
        discriminator: true,
        steps: RunSteps { all, best: None },
    }
}

fn colour(spec: &LatentSpec) -> u32 {
    match spec {
        LatentSpec::Plane { seed, x, y } => {
            (*seed as i64 + x.round() as i64 * 3 + y.round() as i64 * 7).rem_euclid(97) as u32
        }
        LatentSpec::Latent(z) => z[0] as u32,
        LatentSpec::Shifted { amounts, .. } => amounts.iter().map(|a| (a * 2.0 + 8.0) as u32).sum(),
        LatentSpec::Seed { seed, .. } => (*seed % 89) as u32,
        _ => 5,
    }
}

/// Different for each place that the tests tell apart.
fn latent(spec: &LatentSpec) -> Latent {
    let numbers = match spec {
        LatentSpec::Latent(z) => return z.clone(),
        LatentSpec::Plane { seed, x, y } => [colour(spec) as f32, *seed as f32, *x as f32, *y as f32],
        LatentSpec::Seed { seed, number } => [colour(spec) as f32, *seed as f32, *number as f32, -1.0],
        LatentSpec::Mutated { of, strength, seed } => [of[0] + 1.0, *strength as f32, *seed as f32, -2.0],
        LatentSpec::Shifted { base, amounts } => [colour(spec) as f32, base[1], amounts[0] as f32, amounts[1] as f32],
        LatentSpec::Between { at, .. } => [5.0, at[0], at[1], -3.0],
        LatentSpec::Tile { seed, tile, count } => [3.0, *seed as f32, *tile as f32, *count as f32],
        LatentSpec::Arithmetic { .. } => [5.0, 0.0, 0.0, -4.0],
    };
    numbers.to_vec().into()
}

fn picture(stamp: u64, spec: &LatentSpec) -> ExploreEvent {
    let frame = Arc::new(cat(colour(spec), 64));
    ExploreEvent::Picture(GeneratedPicture { stamp, latent: latent(spec), frame, seconds: 0.004 })
}

/// The places of the pictures that are asked for.
fn shows(commands: &[ExploreCommand]) -> Vec<(u64, LatentSpec)> {
    let show = |c: &ExploreCommand| match c {
        ExploreCommand::Show { stamp, spec, .. } => Some((*stamp, spec.clone())),
        _ => None,
    };
    commands.iter().filter_map(show).collect()
}

fn failed(about: RequestKind, text: &str) -> ExploreEvent {
    ExploreEvent::Failed { about, text: text.into() }
}

fn current(stage: &Stage) -> Latent {
    stage.with_app(|app| app.user.explore.current.as_ref().expect("a picture is on show").latent.clone())
}

fn pad(stage: &Stage) -> egui::Rect {
    stage
        .harness
        .get_by(|node| node.role() == Role::Canvas && node.label().is_some_and(|l| l.starts_with("Pad")))
        .rect()
}

fn drag(stage: &mut Stage, from: Pos2, to: Pos2) {
    stage.harness.hover_at(from);
    stage.harness.drag_at(from);
    stage.harness.run_steps(1);
    stage.harness.hover_at(to);
    stage.harness.run_steps(1);
}

#[test]
fn the_first_look_opens_the_bundled_generator_and_shows_a_picture() {
    let mut stage = Stage::usual();
    stage.key(Modifiers::COMMAND, Key::Num4);
    let mut player = Player::default();
    assert!(matches!(&stage.opened[..], [ExploreCommand::Open(ExploreSource::Bundled)]), "the start screen shows it");
    assert!(stage.shows("Opening the generator"));
    stage.explorer_tells(ExploreEvent::Opened(Arc::new(model(ExploreSource::Bundled, Vec::new()))));
    let asked = player.play(&mut stage);
    assert_eq!(shows(&asked)[0].1, LatentSpec::Plane { seed: 343_317, x: 0.0, y: 0.0 });
    let map = asked.iter().find_map(|c| match c {
        ExploreCommand::Thumbnails { purpose: "map", specs, .. } => Some(specs.len()),
        _ => None,
    });
    assert_eq!(map, Some(25), "the whole places of the pad");
    assert!(stage.shows("Current picture") && stage.shows("step 12,000"));
    // A second look asks for nothing.
    stage.key(Modifiers::COMMAND, Key::Num1);
    stage.key(Modifiers::COMMAND, Key::Num4);
    assert!(player.take(&mut stage).is_empty());
}

/// The old picture is never on show as one of the new generator; if that cannot be opened, the old one is back.
#[test]
fn switching_generators_shows_no_picture_of_the_one_before() {
    let mut stage = Stage::usual();
    let mut player = Player::open(&mut stage);
    assert!(stage.shows("Current picture") && stage.shows("step 12,000"));
    let run = ExploreSource::File("/runs/0007-cats".into());
    let open = purrtrait::ui::Dialog::OpenModel;
    let ask = |stage: &mut Stage, player: &mut Player| {
        stage.with_app(|app| {
            app.user.explore.model_text = "/runs/0007-cats".into();
            app.user.dialog = Some(open);
        });
        stage.harness.run_steps(3);
        stage.press("Open");
        assert!(matches!(&player.take(stage)[..], [ExploreCommand::Open(source)] if *source == run));
    };
    player.favourites(&mut stage, 2);
    stage.with_app(|app| app.user.explore.enter(PadMode::Directions));
    player.play(&mut stage);
    assert!(stage.shows("Amount of coat"));
    ask(&mut stage, &mut player);
    assert!(stage.shows("Loading 0007-cats…") && !stage.shows("Current picture") && !stage.shows("step 12,000"));
    assert!(!stage.shows("Amount of coat") && !stage.shows("Pictures along"), "they are those of the one before");
    stage.with_app(|app| app.user.explore.enter(PadMode::Favourites));
    stage.harness.run_steps(3);
    assert!(!stage.shows("All favourites (2)…") && stage.shows("Loading 0007-cats…"));
    // Nothing is done with what is not on show.
    for key in [Key::F, Key::S, Key::R] {
        stage.key(Modifiers::NONE, key);
    }
    let asked = player.take(&mut stage);
    assert!(asked.is_empty(), "{asked:?}");
    stage.explorer_tells(failed(RequestKind::Opening, "/runs/0007-cats: there is no such file or folder."));
    assert!(stage.shows("Current picture") && stage.shows("step 12,000"));
    ask(&mut stage, &mut player);
    stage.explorer_tells(ExploreEvent::Opened(Arc::new(model(run.clone(), Vec::new()))));
    assert!(stage.shows("Drawing its first picture…") && !stage.shows("Current picture"));
    player.play(&mut stage);
    assert!(stage.shows("Current picture"));
}

#[test]
fn a_generator_that_cannot_be_opened_says_why() {
    let mut stage = Stage::usual();
    stage.key(Modifiers::COMMAND, Key::Num4);
    stage.explorer_tells(failed(RequestKind::Opening, "model.safetensors: is damaged."));
    assert!(stage.shows("model.safetensors: is damaged."));
    let mut player = Player::default();
    player.take(&mut stage);
    stage.press("Open the bundled generator");
    assert!(matches!(player.take(&mut stage)[..], [ExploreCommand::Open(ExploreSource::Bundled)]));
}

#[test]
fn a_drag_on_the_pad_shows_the_point_under_the_pointer() {
    let mut stage = Stage::usual();
    let mut player = Player::open(&mut stage);
    let rect = pad(&stage);
    let quarter = vec2(rect.width() / 4.0, 0.0);
    drag(&mut stage, rect.center(), rect.center() + quarter);
    // One request is under way, and only the newest place waits for it.
    let first = shows(&player.take(&mut stage));
    assert_eq!(first.len(), 1, "{first:?}");
    stage.harness.hover_at(rect.center() + quarter * 0.5);
    assert!(shows(&player.take(&mut stage)).is_empty());
    stage.harness.hover_at(rect.center() - quarter);
    stage.harness.drop_at(rect.center() - quarter);
    assert!(shows(&player.take(&mut stage)).is_empty());
    stage.explorer_tells(picture(first[0].0, &first[0].1));
    let next = shows(&player.play(&mut stage));
    let [(stamp, LatentSpec::Plane { seed: 343_317, x, y })] = &next[..] else { panic!("{next:?}") };
    assert!(*stamp > first[0].0 && (x + 1.0).abs() < 0.02 && y.abs() < 0.02, "a quarter of four units: {x} {y}");
    assert_eq!(current(&stage), latent(&next[0].1));
    // The whole drag is one point of the past.
    stage.key(Modifiers::COMMAND, Key::Z);
    player.play(&mut stage);
    assert_eq!(current(&stage)[2..], [0.0, 0.0]);
}

#[test]
fn a_tap_shorter_than_a_frame_moves_there_too() {
    let mut stage = Stage::usual();
    let mut player = Player::open(&mut stage);
    let rect = pad(&stage);
    let pos = rect.center() + vec2(rect.width() / 4.0, 0.0);
    stage.harness.hover_at(pos);
    player.play(&mut stage);
    let button = |pressed| egui::Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    stage.harness.input_mut().events.extend([button(true), button(false)]);
    let shown = shows(&player.play(&mut stage));
    let [(_, LatentSpec::Plane { seed: 343_317, x, y })] = &shown[..] else { panic!("{shown:?}") };
    assert!((x - 1.0).abs() < 0.02 && y.abs() < 0.02, "a quarter of four units: {x} {y}");
}

#[test]
fn pictures_that_come_too_late_are_not_shown() {
    let mut stage = Stage::usual();
    let mut player = Player::open(&mut stage);
    let before = current(&stage);
    stage.key(Modifiers::NONE, Key::R);
    let asked = shows(&player.take(&mut stage));
    let (stamp, spec) = asked[0].clone();
    stage.explorer_tells(picture(stamp - 1, &LatentSpec::Seed { seed: 4711, number: 0 }));
    assert_eq!(current(&stage), before);
    stage.explorer_tells(picture(stamp, &spec));
    assert_eq!(current(&stage), latent(&spec));
}

#[test]
fn back_and_forward_again() {
    let mut stage = Stage::usual();
    let mut player = Player::open(&mut stage);
    let mut been = vec![current(&stage)];
    for key in [Key::R, Key::M, Key::R] {
        stage.key(Modifiers::NONE, key);
        player.play(&mut stage);
        been.push(current(&stage));
    }
    assert!(matches!(player.asked.iter().rev().find_map(|c| match c {
        ExploreCommand::Show { spec: LatentSpec::Mutated { of, .. }, .. } => Some(of.clone()),
        _ => None,
    }), Some(of) if of == been[1]));
    for past in been.iter().rev().skip(1) {
        stage.key(Modifiers::COMMAND, Key::Z);
        player.play(&mut stage);
        assert_eq!(current(&stage), *past);
    }
    stage.key(Modifiers::COMMAND, Key::Z);
    assert!(shows(&player.play(&mut stage)).is_empty(), "this is where it began");
    for next in &been[1..] {
        stage.key(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);
        player.play(&mut stage);
        assert_eq!(current(&stage), *next);
    }
    // No setting of a training was undone.
    assert!(!stage.asked().iter().any(|c| matches!(c, Command::SetTunables(_))));
}

#[test]
fn arrow_keys_move_on_the_pad_and_finer_with_shift() {
    let mut stage = Stage::usual();
    let mut player = Player::open(&mut stage);
    let rect = pad(&stage);
    stage.harness.drag_at(rect.center());
    stage.harness.drop_at(rect.center());
    player.play(&mut stage);
    let x = |stage: &Stage| stage.with_app(|app| app.user.explore.plane.at[0]);
    let start = x(&stage);
    stage.key(Modifiers::NONE, Key::ArrowRight);
    let step = x(&stage) - start;
    assert!((step - 0.1).abs() < 1e-9, "a fortieth of four units: {step}");
    stage.key(Modifiers::SHIFT, Key::ArrowRight);
    assert!((x(&stage) - start - 0.11).abs() < 1e-9);
    player.play(&mut stage);
    assert!((f64::from(current(&stage)[2]) - x(&stage)).abs() < 1e-6);
    // The letters still work while the pad has the keyboard.
    stage.key(Modifiers::NONE, Key::R);
    assert!(matches!(shows(&player.play(&mut stage))[..], [(_, LatentSpec::Seed { .. })]));
}

#[test]
fn truncation_shows_the_same_point() {
    let mut stage = Stage::usual();
    let mut player = Player::open(&mut stage);
    stage.key(Modifiers::NONE, Key::R);
    player.play(&mut stage);
    let before = current(&stage);
    stage.harness.get_by_role_and_label(Role::Slider, "Truncation").set_value_accesskit(0.7);
    let asked = player.play(&mut stage);
    let psi = asked.iter().find_map(|c| match c {
        ExploreCommand::Show { spec: LatentSpec::Latent(z), psi, .. } if *z == before => Some(*psi),
        _ => None,
    });
    assert_eq!(psi, Some(0.7), "{asked:?}");
    let map = asked.iter().any(|c| matches!(c, ExploreCommand::Thumbnails { psi, .. } if *psi == 0.7));
    assert!(map, "the map follows");
}

#[test]
fn directions_move_from_the_picture_on_show() {
    let mut stage = Stage::usual();
    let mut player = Player::open(&mut stage);
    stage.key(Modifiers::NONE, Key::R);
    player.play(&mut stage);
    let base = current(&stage);
    stage.harness.get_by_role_and_label(Role::RadioButton, "Pad: Directions").click();
    player.play(&mut stage);
    stage.harness.get_by_role_and_label(Role::Slider, "Amount of coat").set_value_accesskit(1.5);
    let asked = shows(&player.play(&mut stage));
    let wanted = LatentSpec::Shifted { base: base.clone(), amounts: vec![0.0, 1.5, 0.0, 0.0] };
    assert_eq!(asked.last().map(|(_, spec)| spec), Some(&wanted));
    // Up on the pad is more of the second axis.
    let rect = pad(&stage);
    let top = rect.center() - vec2(0.0, rect.height() / 7.0);
    stage.harness.drag_at(top);
    stage.harness.drop_at(top);
    let asked = shows(&player.play(&mut stage));
    let Some((_, LatentSpec::Shifted { amounts, .. })) = asked.last() else { panic!("{asked:?}") };
    assert!(amounts[0].abs() < 0.03 && (amounts[1] - 1.0).abs() < 0.03, "{amounts:?}");
    stage.press("Find");
    assert!(player.take(&mut stage).iter().any(|c| matches!(c, ExploreCommand::FindDirections(DirectionMethod::Sefa))));
    stage.press("Use as base");
    assert_eq!(stage.with_app(|app| app.user.explore.directions.base.clone()), Some(current(&stage)));
}

#[test]
fn a_direction_is_learned_from_favourites() {
    let mut stage = Stage::window(egui_kittest::Harness::builder(), 1280.0, 900.0, egui::Theme::Dark);
    let mut player = Player::open(&mut stage);
    player.favourites(&mut stage, 2);
    stage.harness.get_by_role_and_label(Role::RadioButton, "Pad: Directions").click();
    player.play(&mut stage);
    stage.with_app(|app| app.user.explore.directions.learning = true);
    stage.harness.run_steps(2);
    stage.press("Lacks it 0/3");
    stage.press("Favourite 1");
    stage.press("Has it 0/3");
    player.play(&mut stage);
    stage.press("Learn");
    let asked = player.take(&mut stage);
    let kept: Vec<Latent> =
        stage.with_app(|app| app.user.explore.favourites.list.iter().map(|f| f.kept.latent.clone()).collect());
    let learned = asked.iter().any(|c| {
        matches!(c, ExploreCommand::LearnDirection { with, without, .. }
            if *with == kept[..1] && *without == kept[1..])
    });
    assert!(learned, "{asked:?}");
}

#[test]
fn favourites_are_kept_moved_between_and_added() {
    let mut stage = Stage::usual();
    let mut player = Player::open(&mut stage);
    player.favourites(&mut stage, 3);
    stage.harness.get_by_role_and_label(Role::RadioButton, "Pad: Favourites").click();
    player.play(&mut stage);
    let rect = pad(&stage);
    let place = rect.min + rect.size() * vec2(0.5, 0.6);
    stage.harness.drag_at(place);
    stage.harness.drop_at(place);
    let asked = shows(&player.play(&mut stage));
    let Some((_, LatentSpec::Between { points, at })) = asked.last() else { panic!("{asked:?}") };
    assert!(points.len() == 3 && (at[0] - 0.5).abs() < 0.01 && (at[1] - 0.6).abs() < 0.01, "{at:?}");
    // The first favourite lies at the top; it can be laid elsewhere.
    let from = rect.min + rect.size() * vec2(0.5, 0.14);
    let to = rect.min + rect.size() * vec2(0.2, 0.3);
    drag(&mut stage, from, to);
    stage.harness.drop_at(to);
    player.play(&mut stage);
    let moved = stage.with_app(|app| app.user.explore.favourites.list[0].at).expect("it is on the canvas");
    assert!((moved[0] - 0.2).abs() < 0.01 && (moved[1] - 0.3).abs() < 0.01, "{moved:?}");
    for (i, slot) in ["A", "B", "C"].into_iter().enumerate() {
        stage.press(&format!("Favourite {}", i + 1));
        player.play(&mut stage);
        stage.press(&format!("Put into {slot}"));
    }
    stage.press("Mix: A without B, with C");
    let asked = shows(&player.play(&mut stage));
    assert!(matches!(asked.last(), Some((_, LatentSpec::Arithmetic { a, .. })) if a.len() == 1), "{asked:?}");
    stage.press("Remove");
    assert_eq!(stage.with_app(|app| app.user.explore.favourites.list.len()), 2);
}

#[test]
fn animation_asks_for_the_next_picture_when_the_last_one_is_here() {
    let mut stage = Stage::usual();
    let mut player = Player::open(&mut stage);
    stage.key(Modifiers::NONE, Key::Space);
    let mut asked = shows(&player.take(&mut stage));
    for _ in 0..5 {
        assert_eq!(asked.len(), 1);
        stage.harness.run_steps(3);
        assert!(shows(&player.take(&mut stage)).is_empty(), "one at a time");
        stage.explorer_tells(picture(asked[0].0, &asked[0].1));
        let next = shows(&player.take(&mut stage));
        assert_ne!(next[0].1, asked[0].1);
        asked = next;
    }
    stage.explorer_tells(picture(asked[0].0, &asked[0].1));
    stage.key(Modifiers::NONE, Key::Space);
    player.play(&mut stage);
    assert!(shows(&player.play(&mut stage)).is_empty(), "it stands still");
    // All of it is one point of the past.
    stage.key(Modifiers::COMMAND, Key::Z);
    player.play(&mut stage);
    assert_eq!(current(&stage)[2..], [0.0, 0.0]);
}

#[test]
fn a_tile_opens_in_explore_with_its_latent() {
    let mut stage = Stage::usual();
    stage.with_run(50);
    stage.tell(sample(40, true));
    let sheet = stage.harness.get_by_role_and_label(Role::Button, "Sample pictures of step 40").rect();
    stage.harness.drag_at(sheet.center() + vec2(20.0, 20.0));
    stage.harness.drop_at(sheet.center() + vec2(20.0, 20.0));
    stage.harness.run_steps(3);
    stage.press("Explore this cat");
    let mut player = Player::default();
    let asked = player.take(&mut stage);
    assert!(matches!(&asked[..], [ExploreCommand::Open(ExploreSource::Live)]), "{asked:?}");
    stage.explorer_tells(ExploreEvent::Opened(Arc::new(model(ExploreSource::Live, vec![10, 20]))));
    let asked = shows(&player.play(&mut stage));
    let LatentSpec::Tile { seed, tile, count: 36 } = asked[0].1 else { panic!("{asked:?}") };
    assert_eq!(seed, purrtrait::config::RunConfig::default().seed);
    // The tile right below the middle of a sheet of six by six.
    assert_eq!(tile, 21);
}

#[test]
fn newer_weights_show_the_same_point_anew_and_older_ones_can_be_gone_to() {
    let mut stage = Stage::usual();
    let mut player = Player::open(&mut stage);
    stage.explorer_tells(ExploreEvent::Opened(Arc::new(model(ExploreSource::Live, vec![10, 20, 30]))));
    player.play(&mut stage);
    let before = current(&stage);
    stage.explorer_tells(ExploreEvent::Refreshed { step: 40 });
    let asked = shows(&player.play(&mut stage));
    assert_eq!(asked[0].1, LatentSpec::Latent(before.clone()));
    assert!(stage.shows("step 40"));
    stage.harness.get_by_role_and_label(Role::Slider, "Checkpoint").set_value_accesskit(0.0);
    let asked = player.take(&mut stage);
    assert!(matches!(&asked[..], [ExploreCommand::AtStep(Some(10))]), "{asked:?}");
    stage.explorer_tells(ExploreEvent::Refreshed { step: 10 });
    assert_eq!(shows(&player.play(&mut stage))[0].1, LatentSpec::Latent(before));
    // New checkpoints appear, and one that is gone leads back to the newest.
    stage.explorer_tells(ExploreEvent::Steps(RunSteps { all: vec![20, 30, 40, 50], best: None }));
    stage.harness.get_by_role_and_label(Role::Slider, "Checkpoint").set_value_accesskit(2.0);
    assert!(matches!(player.take(&mut stage)[..], [ExploreCommand::AtStep(Some(40))]));
    stage.explorer_tells(failed(RequestKind::Step, "the checkpoint of step 40 is gone"));
    assert!(matches!(player.take(&mut stage)[..], [ExploreCommand::AtStep(None)]));
}

/// The best checkpoint is one click away, and a run that is opened at it is not called its newest.
#[test]
fn the_best_checkpoint_is_gone_to_and_told_from_the_newest() {
    let mut stage = Stage::usual();
    let mut player = Player::open(&mut stage);
    let mut run = model(ExploreSource::File("runs/0007-cats".into()), vec![10, 20, 30]);
    (run.step, run.steps.best) = (20, Some(20));
    stage.explorer_tells(ExploreEvent::Opened(Arc::new(run.clone())));
    player.play(&mut stage);
    assert!(stage.shows("20") && !stage.shows("newest"));
    stage.harness.get_by_role_and_label(Role::Slider, "Checkpoint").set_value_accesskit(2.0);
    assert!(matches!(player.take(&mut stage)[..], [ExploreCommand::AtStep(None)]));
    stage.explorer_tells(ExploreEvent::Refreshed { step: 30 });
    player.play(&mut stage);
    assert!(stage.shows("newest"));
    // What is exported is what is on show, and that can be the best there, too.
    stage.with_app(|app| app.user.dialog = Some(purrtrait::ui::Dialog::Export));
    stage.harness.run_steps(3);
    assert!(stage.shows("This exports the generator on show, of step 30."));
    stage.press("Use the best, of step 20");
    assert!(matches!(player.take(&mut stage)[..], [ExploreCommand::AtStep(Some(20))]));
    stage.explorer_tells(ExploreEvent::Refreshed { step: 20 });
    player.play(&mut stage);
    assert!(stage.harness.query_by_role_and_label(Role::Button, "Use the best, of step 20").is_none());
    stage.key(Modifiers::NONE, Key::Escape);
    stage.harness.get_by_role_and_label(Role::Slider, "Checkpoint").set_value_accesskit(0.0);
    assert!(matches!(player.take(&mut stage)[..], [ExploreCommand::AtStep(Some(10))]));
    stage.explorer_tells(ExploreEvent::Refreshed { step: 10 });
    player.play(&mut stage);
    stage.press("Best");
    assert!(matches!(player.take(&mut stage)[..], [ExploreCommand::AtStep(Some(20))]));
    // Without measurements there is none.
    run.steps.best = None;
    stage.explorer_tells(ExploreEvent::Opened(Arc::new(run)));
    player.play(&mut stage);
    assert!(stage.harness.query_by_role_and_label(Role::Button, "Best").is_none());
}

#[test]
fn pictures_are_saved_and_filmed_and_searched_for() {
    let mut stage = Stage::usual();
    let mut player = Player::open(&mut stage);
    stage.with_app(|app| {
        app.user.explore.save.folder = "/pictures".into();
        app.user.explore.film.out = "/films/cats.gif".into();
    });
    player.favourites(&mut stage, 2);
    stage.key(Modifiers::NONE, Key::S);
    let asked = player.take(&mut stage);
    let [ExploreCommand::Save { spec: LatentSpec::Seed { .. }, psi, upscale: 4, folder, .. }] = &asked[..] else {
        panic!("{asked:?}");
    };
    assert_eq!((*psi, folder.as_path()), (1.0, Path::new("/pictures")));
    stage.press("Film…");
    stage.press("Make film");
    let asked = player.take(&mut stage);
    let [ExploreCommand::Film { path: FilmPath::Points(points), closed: true, frames: 240, .. }] = &asked[..] else {
        panic!("{asked:?}");
    };
    assert_eq!(points.len(), 2);
    stage.explorer_tells(ExploreEvent::Filming { done: 60, total: 240 });
    stage.explorer_tells(failed(RequestKind::Other, "cat.png: holds no recipe."));
    assert!(stage.shows("60 of 240 frames"), "what else fails does not end it");
    stage.press("Cancel");
    assert!(matches!(player.take(&mut stage)[..], [ExploreCommand::Cancel]));
    stage.explorer_tells(ExploreEvent::Cancelled);
    stage.key(Modifiers::NONE, Key::Escape);
}

/// The photo of a cat is open, with a square on its face.
pub fn cropped(stage: &mut Stage) {
    stage.with_app(|app| {
        app.user.explore.photo_text = "/cats/mine.jpg".into();
        app.user.dialog = Some(purrtrait::ui::Dialog::Search);
    });
    stage.harness.run_steps(3);
    stage.press("Open");
    let square = Square { middle: PixelPoint { x: 60.0, y: 50.0 }, side: 50.0, angle: 0.0 };
    let photo = CroppedPhoto { frame: Arc::new(cat(3, 128)), square };
    stage.explorer_tells(ExploreEvent::PhotoOpened(OpenedPhoto { photo, placement: Placement::Finder }));
}

/// A cat that is not much like it.
pub fn found_cat() -> FoundCat {
    let likeness = Likeness { error: 22.5, share: 0.71, face: true };
    FoundCat { latent: vec![9.0; SIZE].into(), frame: Arc::new(cat(4, 64)), likeness }
}

#[test]
fn a_cat_is_cut_out_found_and_put_in() {
    let mut stage = Stage::usual();
    let mut player = Player::open(&mut stage);
    cropped(&mut stage);
    let asked = player.take(&mut stage);
    let photo = Photo::File("/cats/mine.jpg".into());
    assert!(matches!(&asked[..], [ExploreCommand::OpenPhoto(p)] if *p == photo), "{asked:?}");
    assert!(stage.shows("Is this the face? Drag the square, its corners or its knob."));
    // By keyboard: a step to the right and one larger, then the search.
    stage.key(Modifiers::NONE, Key::ArrowRight);
    stage.key(Modifiers::NONE, Key::Plus);
    stage.key(Modifiers::NONE, Key::Enter);
    let asked = player.take(&mut stage);
    let [ExploreCommand::Project(searched)] = &asked[..] else { panic!("{asked:?}") };
    assert!((searched.square.middle.x - 61.0).abs() < 1e-6 && (searched.square.side - 52.0).abs() < 1e-6);
    assert!(stage.shows("Preparing the search…"), "no count before it is known");
    let best = found_cat();
    let found = best.latent.clone();
    stage.explorer_tells(ExploreEvent::Projecting { done: 512, total: 4280, best: Some(best.clone()) });
    assert!(stage.shows("512 of 4,280 pictures compared") && stage.shows("22.5 of 255"));
    assert!(stage.harness.query_by_role_and_label(Role::Image, "Your photo, cut to the square").is_some());
    assert!(stage.harness.query_by_role_and_label(Role::Image, "Best match so far").is_some());
    stage.explorer_tells(ExploreEvent::Projected(best));
    player.play(&mut stage);
    assert_eq!(current(&stage), found);
    assert!(stage.shows("Not found: this generator has never seen such a cat.") && stage.shows("71 % as unlike"));
    stage.with_app(|app| app.user.explore.cat.out = "/models/mimi.safetensors".into());
    stage.harness.run_steps(2);
    stage.press("Put my cat in");
    let asked = player.take(&mut stage);
    let [ExploreCommand::PutIn { photo, latent, name, out }] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!((photo, latent, name.as_str()), (searched, &found, "mimi"));
    let file = PathBuf::from("/models/mimi.safetensors");
    assert_eq!(*out, file);
    stage.explorer_tells(ExploreEvent::Tuning { done: 20, total: 200, picture: Some((Arc::new(cat(5, 64)), 12.0)) });
    assert!(stage.shows("20 of 200 steps of tuning") && stage.shows("12.0 of 255"));
    let report = PutInReport {
        file: file.clone(),
        model: "0123456789abcdef".to_owned(),
        error: 6.5,
        moved: 4.25,
        moved_most: 8.0,
        seconds: 9.0,
    };
    let frame = Arc::new(cat(6, 64));
    stage.explorer_tells(ExploreEvent::PutIn { latent: found.clone(), frame, report });
    let asked = player.take(&mut stage);
    assert!(matches!(&asked[..], [ExploreCommand::Open(ExploreSource::File(path))] if *path == file), "{asked:?}");
    let opened = model(ExploreSource::File(file), Vec::new());
    stage.explorer_tells(ExploreEvent::Opened(Arc::new(opened)));
    player.play(&mut stage);
    assert_eq!(current(&stage), found, "the new model begins at the cat");
    assert!(stage.shows("moved by 4.2 of 255") && stage.shows("which is now open"));
    stage.press("Another photo");
    assert!(stage.harness.query_by_role_and_label(Role::Button, "Paste picture").is_some());
}

#[test]
fn a_blend_is_looked_at_and_saved() {
    let mut stage = Stage::usual();
    let mut player = Player::open(&mut stage);
    stage.with_app(|app| {
        app.user.dialog = Some(purrtrait::ui::Dialog::Blend);
        app.user.explore.blend.with = "/models/tabby.safetensors".into();
        app.user.explore.blend.out = "/models/both.safetensors".into();
    });
    stage.harness.run_steps(2);
    assert!(stage.shows("Choose the other generator to see the blend."));
    stage.press("Show");
    let asked = player.take(&mut stage);
    let tabby = Path::new("/models/tabby.safetensors");
    let even = BlendAmounts::from_low_to_high(0.5, 0.5, 64);
    assert!(matches!(&asked[..], [ExploreCommand::Blend { with, amounts }] if with == tabby && *amounts == even));
    // While the preview is on its way, the newest choice waits.
    stage.harness.get_by_role_and_label(Role::Slider, "Details").set_value_accesskit(1.0);
    assert!(player.take(&mut stage).is_empty());
    let rows = [1, 2, 3].map(|seed| vec![Arc::new(cat(seed, 64)); 4]);
    let warning = Some("These have nothing in common.".to_owned());
    let preview = Arc::new(BlendPreview { with: tabby.into(), rows, warning });
    stage.explorer_tells(ExploreEvent::Blended(preview.clone()));
    let asked = player.take(&mut stage);
    let details = BlendAmounts::from_low_to_high(0.5, 1.0, 64);
    assert!(matches!(&asked[..], [ExploreCommand::Blend { amounts, .. }] if *amounts == details), "{asked:?}");
    stage.explorer_tells(ExploreEvent::Blended(preview));
    assert!(stage.shows("The blend") && stage.shows("These have nothing in common."));
    assert!(stage.harness.query_by_role_and_label(Role::Image, "The other, picture 4").is_some());
    stage.press("Save as…");
    let asked = player.take(&mut stage);
    let out = Path::new("/models/both.safetensors");
    assert!(
        matches!(&asked[..], [ExploreCommand::SaveBlend { amounts, out: to, .. }] if to == out && *amounts == details),
        "{asked:?}"
    );
    // The overall share moves both.
    stage.harness.get_by_role_and_label(Role::Slider, "Overall").set_value_accesskit(0.25);
    let asked = player.take(&mut stage);
    let quarter = BlendAmounts::from_low_to_high(0.25, 0.25, 64);
    assert!(matches!(&asked[..], [ExploreCommand::Blend { amounts, .. }] if *amounts == quarter), "{asked:?}");
    stage.explorer_tells(failed(RequestKind::Blend, "tabby.safetensors: is no model."));
    assert!(stage.shows("Choose the other generator to see the blend."));
}

/// What a network for sharpening tells of itself.
fn network(better: bool, on: bool) -> SharpenInfo {
    let psnr = if better { 27.5 } else { 26.0 };
    let measures = SharpenMeasures { pictures: 20, psnr_plain: 26.5, psnr, edges_plain: 4.0, edges: 3.5 };
    SharpenInfo { to: 512, measures: Some(measures), better, on }
}

#[test]
fn a_network_for_sharpening_is_trained_and_turned_on_and_off() {
    let mut stage = Stage::usual();
    let mut player = Player::open(&mut stage);
    stage.key(Modifiers::NONE, Key::H);
    assert!(player.take(&mut stage).is_empty(), "the bundled generator has no photos");
    let run = ExploreSource::File("/runs/cats".into());
    stage.explorer_tells(ExploreEvent::Opened(Arc::new(model(run, Vec::new()))));
    stage.explorer_tells(ExploreEvent::Sharpener(None));
    player.play(&mut stage);
    stage.press("Sharpen");
    stage.press("Train");
    let asked = player.take(&mut stage);
    assert!(matches!(asked[..], [ExploreCommand::TrainSharpener { minutes: 5.0 }]), "{asked:?}");
    stage.explorer_tells(ExploreEvent::Sharpening { what: "seconds of training".into(), done: 120, total: 300 });
    assert!(stage.shows("120 of 300 seconds of training"));
    stage.press("Cancel");
    assert!(matches!(player.take(&mut stage)[..], [ExploreCommand::Cancel]));
    stage.explorer_tells(ExploreEvent::Cancelled);
    stage.key(Modifiers::NONE, Key::Escape);

    stage.explorer_tells(ExploreEvent::Sharpener(Some(network(true, true))));
    let large = Arc::new(cat(3, 512));
    let stamp = stage.with_app(|app| app.state.explore.drawn.as_ref().unwrap().stamp);
    stage.explorer_tells(ExploreEvent::Sharpened { stamp: stamp + 1, frame: large.clone() });
    let width = |stage: &mut Stage| stage.with_app(|app| app.state.explore.shown().unwrap().width);
    assert_eq!(width(&mut stage), 64, "of a picture that is not on show");
    stage.explorer_tells(ExploreEvent::Sharpened { stamp, frame: large });
    assert_eq!(width(&mut stage), 512);
    stage.key(Modifiers::NONE, Key::H);
    let asked = player.play(&mut stage);
    assert!(matches!(asked[0], ExploreCommand::Sharpen(false)), "{asked:?}");
    assert_eq!((shows(&asked).len(), width(&mut stage)), (1, 64), "the same picture without it");
    stage.explorer_tells(ExploreEvent::Sharpener(Some(network(true, false))));
    stage.key(Modifiers::NONE, Key::S);
    let asked = player.take(&mut stage);
    assert!(
        matches!(asked[..], [ExploreCommand::Save { sharpen: false, upscale: 4, .. }]),
        "as it is shown: {asked:?}"
    );
    stage.explorer_tells(ExploreEvent::Sharpener(Some(network(true, true))));
    stage.key(Modifiers::NONE, Key::S);
    let asked = player.take(&mut stage);
    assert!(matches!(asked[..], [ExploreCommand::Save { sharpen: true, .. }]), "{asked:?}");
}

/// A network that does worse than enlarging without it reaches neither the screen nor a file by itself.
#[test]
fn a_network_that_does_worse_is_used_only_if_somebody_wants_it() {
    let mut stage = Stage::usual();
    let mut player = Player::open(&mut stage);
    let open = |stage: &mut Stage, player: &mut Player, name: &str| {
        let run = ExploreSource::File(name.into());
        stage.explorer_tells(ExploreEvent::Opened(Arc::new(model(run, Vec::new()))));
        stage.explorer_tells(ExploreEvent::Sharpener(Some(network(false, false))));
        player.play(stage);
    };
    open(&mut stage, &mut player, "/runs/cats");
    let sharpened = |stage: &mut Stage, player: &mut Player| {
        stage.key(Modifiers::NONE, Key::S);
        stage.with_app(|app| app.user.dialog = Some(purrtrait::ui::Dialog::Film));
        stage.harness.run_steps(2);
        stage.harness.get_by_role_and_label(Role::RadioButton, "Path: Walk").click();
        stage.harness.run_steps(2);
        stage.press("Make film");
        stage.explorer_tells(ExploreEvent::Cancelled);
        stage.key(Modifiers::NONE, Key::Escape);
        let asked = player.take(stage);
        let [ExploreCommand::Save { sharpen, .. }, ExploreCommand::Film { sharpen: film, .. }] = &asked[..] else {
            panic!("{asked:?}")
        };
        [*sharpen, *film]
    };
    assert_eq!(sharpened(&mut stage, &mut player), [false, false]);
    stage.with_app(|app| app.user.dialog = Some(purrtrait::ui::Dialog::SaveOptions));
    stage.harness.run_steps(2);
    stage.harness.get_by_role_and_label(Role::CheckBox, "Sharpen").click();
    stage.harness.run_steps(2);
    stage.key(Modifiers::NONE, Key::Escape);
    assert_eq!(sharpened(&mut stage, &mut player), [true, false]);
    // That was for this network.
    open(&mut stage, &mut player, "/runs/others");
    assert_eq!(sharpened(&mut stage, &mut player), [false, false]);
}

/// What cannot be compared says so before it is tried.
#[test]
fn generators_without_their_training_pictures_say_so() {
    for (source, words) in [
        (ExploreSource::Bundled, "not part of Purrtrait"),
        (ExploreSource::File("/models/cats.safetensors".into()), "training pictures are unknown"),
    ] {
        let mut stage = Stage::usual();
        let mut player = Player::open(&mut stage);
        stage.explorer_tells(ExploreEvent::Opened(Arc::new(ExploreModel {
            run_seed: None,
            ..model(source, Vec::new())
        })));
        player.play(&mut stage);
        stage.with_app(|app| app.user.dialog = Some(purrtrait::ui::Dialog::Neighbours));
        stage.harness.run_steps(2);
        assert!(stage.harness.query_all_by_label_contains(words).count() == 1, "{words}");
        assert!(stage.harness.get_by_label("Compare").accesskit_node().is_disabled());
    }
}

#[test]
fn comparing_is_counted_and_can_be_given_up() {
    let mut stage = Stage::usual();
    let mut player = Player::open(&mut stage);
    stage.with_app(|app| app.user.dialog = Some(purrtrait::ui::Dialog::Neighbours));
    stage.harness.run_steps(2);
    stage.press("Compare");
    let asked = player.take(&mut stage);
    assert!(matches!(&asked[..], [ExploreCommand::FindNeighbours { count: 6, .. }]), "{asked:?}");
    stage.explorer_tells(ExploreEvent::Comparing { done: 120, total: 4000 });
    assert!(stage.shows("120 of 4,000 pictures"));
    stage.press("Cancel");
    assert!(matches!(player.take(&mut stage)[..], [ExploreCommand::Cancel]));
    stage.explorer_tells(ExploreEvent::Cancelled);
    assert!(!stage.shows("120 of 4,000 pictures"));
}

/// A training picture that the live run is like is left out of it, or favoured: a live setting, with a mark and Undo.
#[test]
fn training_pictures_are_left_out_and_favoured_while_a_run_trains() {
    let digest = "0123456789abcdef";
    let found = |latent: &Latent| ExploreEvent::Neighbours {
        latent: latent.clone(),
        found: vec![Neighbour {
            frame: cat(1, 32),
            mirrored: false,
            distance: 3.0,
            digest: digest.into(),
            photo: Some("/cats/Minka on the sofa.jpg".into()),
        }],
        verdict: Some((Originality::Copy, 0.08)),
    };
    let look = |stage: &mut Stage, player: &mut Player| {
        stage.with_app(|app| app.user.dialog = Some(purrtrait::ui::Dialog::Neighbours));
        stage.harness.run_steps(2);
        let latent = stage.with_app(|app| app.user.explore.current.as_ref().unwrap().latent.clone());
        stage.explorer_tells(found(&latent));
        player.take(stage);
    };
    // Of another generator there is nothing to decide.
    let mut stage = Stage::usual();
    stage.with_run(60);
    let mut player = Player::open(&mut stage);
    look(&mut stage, &mut player);
    let button = |stage: &Stage, name: &str| {
        let node = stage.harness.get_by_label(name);
        (node.accesskit_node().is_disabled(), node.accesskit_node().toggled() == Some(true.into()))
    };
    assert_eq!(button(&stage, "Leave out neighbour 1"), (true, false));
    let verdict = Originality::Copy.in_words(0.08);
    assert!(stage.shows(&verdict) && stage.shows("Minka on the sofa.jpg"), "{verdict}");
    // Of the live run's there is.
    stage.explorer_tells(ExploreEvent::Opened(Arc::new(model(ExploreSource::Live, Vec::new()))));
    player.play(&mut stage);
    look(&mut stage, &mut player);
    assert_eq!(button(&stage, "Leave out neighbour 1"), (false, false));
    stage.asked();
    let tuned = |stage: &mut Stage| {
        let asked = stage.asked().into_iter();
        let mut tuned = asked.filter_map(|c| if let Command::SetTunables(t) = c { Some(t.pictures) } else { None });
        tuned.next_back()
    };
    stage.harness.get_by_label("Leave out neighbour 1").click_accesskit();
    let pictures = tuned(&mut stage).expect("the run is told");
    assert_eq!(pictures.of(digest), Usage::LeftOut);
    assert_eq!(button(&stage, "Leave out neighbour 1"), (false, true));
    stage.harness.get_by_label("Favour neighbour 1").click_accesskit();
    assert_eq!(tuned(&mut stage).unwrap().of(digest), Usage::Favoured);
    assert_eq!(button(&stage, "Leave out neighbour 1"), (false, false));
    let tunables = stage.with_app(|app| app.user.tuner.edit.clone());
    stage.tell(mark(61, tunables));
    stage.with_app(|app| {
        app.user.dialog = None;
        app.user.screen = Screen::Training;
    });
    stage.harness.run_steps(2);
    assert!(stage.shows("Pictures: 1 favoured"));
    stage.press("Use all");
    assert!(tuned(&mut stage).unwrap().is_usual());
    stage.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(tuned(&mut stage).unwrap().counts(), (0, 1), "Undo brings it back");
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }
    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("not needed".into())
    }
}

#[test]
fn a_dropped_picture_leads_back_to_its_point() {
    let mut stage = Stage::usual();
    let mut player = Player::open(&mut stage);
    stage.harness.input_mut().dropped_files.push(Arc::new(Dropped("/pictures/cat.png".into())));
    let asked = player.take(&mut stage);
    assert!(asked.iter().any(|c| matches!(c, ExploreCommand::Restore(p) if p == Path::new("/pictures/cat.png"))));
    let point: Latent = vec![7.0; SIZE].into();
    stage.explorer_tells(ExploreEvent::Restored { latent: point.clone(), path: "/pictures/cat.png".into() });
    player.play(&mut stage);
    assert_eq!(current(&stage), point);
    stage.explorer_tells(failed(RequestKind::Other, "cat.png: holds no recipe."));
    stage.key(Modifiers::COMMAND, Key::L);
    assert!(stage.shows("cat.png: holds no recipe."));
}

/// The scanner and the dialogs read the same table of file formats.
#[test]
fn dropped_pictures_and_generators_of_any_format_are_taken() {
    for (wanted, extension) in [FileUse::Picture, FileUse::ModelInput]
        .into_iter()
        .flat_map(|wanted| wanted.extensions().into_iter().map(move |extension| (wanted, extension)))
    {
        let mut stage = Stage::usual();
        let mut player = Player::open(&mut stage);
        let file = PathBuf::from(format!("/pictures/cat.{extension}"));
        stage.harness.input_mut().dropped_files.push(Arc::new(Dropped(file.clone())));
        let asked = player.take(&mut stage);
        let taken = |command: &ExploreCommand| match command {
            ExploreCommand::Restore(path) => wanted == FileUse::Picture && *path == file,
            ExploreCommand::OpenPhoto(Photo::File(path)) => wanted == FileUse::Picture && *path == file,
            ExploreCommand::Open(source) => *source == ExploreSource::File(file.clone()),
            _ => false,
        };
        assert!(asked.iter().any(taken), "{extension}: {asked:?}");
    }
}

#[test]
fn a_run_on_the_start_screen_can_be_explored() {
    let mut stage = Stage::usual();
    stage.tell(Event::Runs(runs()));
    stage.press("Explore 0007-cats");
    let asked = Player::default().take(&mut stage);
    let source = ExploreSource::File("/runs/0007-cats".into());
    assert!(matches!(&asked[..], [ExploreCommand::Open(s)] if *s == source), "{asked:?}");
    assert!(!stage.asked().iter().any(|c| matches!(c, Command::Resume { .. })));
}

#[test]
fn the_best_checkpoint_of_a_run_that_ended_is_offered() {
    for end in [RunEnd::Copying { step: 50 }, RunEnd::Finished { step: 50 }] {
        let mut stage = Stage::usual();
        stage.with_run(50);
        stage.tell(Event::Best(Some(BestCheckpoint { step: 30, kid: 41.6 })));
        stage.tell(Event::RunEnded(end));
        assert!(stage.shows("it was best at step 30 (KID 42)"));
        stage.press("Open the best");
        let asked = Player::default().take(&mut stage);
        let source = ExploreSource::File("runs/0007-cats@best".into());
        assert!(matches!(&asked[..], [ExploreCommand::Open(s)] if *s == source), "{asked:?}");
    }
    // The newest one is open anyway.
    let mut stage = Stage::usual();
    stage.with_run(50);
    stage.tell(Event::Best(Some(BestCheckpoint { step: 50, kid: 41.6 })));
    stage.tell(Event::RunEnded(RunEnd::Finished { step: 50 }));
    assert!(!stage.shows("it was best"));
}

/// An estimate below 0 is as good as can be measured.
#[test]
fn a_kid_below_0_is_told_as_0() {
    let mut stage = Stage::usual();
    stage.with_run(50);
    stage.tell(Event::Best(Some(BestCheckpoint { step: 30, kid: -3.2 })));
    stage.tell(Event::RunEnded(RunEnd::Finished { step: 50 }));
    assert!(stage.shows("it was best at step 30 (KID 0)"));
}

/// Where there is no training there is no film of it.
#[test]
fn the_training_of_a_model_file_cannot_be_filmed() {
    for (run_seed, disabled) in [(None, true), (Some(7), false)] {
        let mut stage = Stage::usual();
        let mut player = Player::open(&mut stage);
        let file = model(ExploreSource::File("/models/cats.safetensors".into()), Vec::new());
        stage.explorer_tells(ExploreEvent::Opened(Arc::new(ExploreModel { run_seed, ..file })));
        player.play(&mut stage);
        stage.with_app(|app| {
            app.user.explore.film.out = "/films/cats.webm".into();
            app.user.dialog = Some(purrtrait::ui::Dialog::Film);
        });
        stage.harness.run_steps(3);
        stage.harness.get_by_role_and_label(Role::RadioButton, "Path: Training").click();
        stage.harness.run_steps(3);
        let make = stage.harness.get_by_role_and_label(Role::Button, "Make film");
        assert_eq!(make.accesskit_node().is_disabled(), disabled);
        let why = make.accesskit_node().description().unwrap_or_default();
        assert_eq!(why.contains("does not come from a run"), disabled, "{why}");
    }
}

/// Without a discriminator nothing can be rated: that is said at once.
#[test]
fn a_model_file_without_a_discriminator_says_that_it_cannot_rate() {
    for discriminator in [true, false] {
        let mut stage = Stage::usual();
        let mut player = Player::open(&mut stage);
        let file = model(ExploreSource::File("/models/cats.safetensors".into()), Vec::new());
        stage.explorer_tells(ExploreEvent::Opened(Arc::new(ExploreModel { discriminator, ..file })));
        player.play(&mut stage);
        stage.with_app(|app| app.user.dialog = Some(purrtrait::ui::Dialog::Curator));
        stage.harness.run_steps(3);
        let find = stage.harness.get_by_role_and_label(Role::Button, "Find the best");
        assert_eq!(find.accesskit_node().is_disabled(), !discriminator);
        assert_eq!(stage.shows("has no discriminator"), !discriminator);
    }
}

/// Others may have renamed or deleted runs since.
#[test]
fn the_list_of_generators_is_read_anew_when_it_is_opened() {
    let mut stage = Stage::usual();
    Player::open(&mut stage);
    stage.asked();
    stage.harness.get_by_role_and_label(Role::ComboBox, "Generator").click();
    stage.harness.run_steps(3);
    let asked = stage.asked();
    assert!(asked.iter().any(|c| matches!(c, Command::ListRuns)), "{asked:?}");
}

#[test]
fn a_run_that_ended_is_explored_from_its_folder() {
    let mut stage = Stage::usual();
    stage.with_run(50);
    stage.tell(sample(40, true));
    stage.tell(Event::RunEnded(RunEnd::Stopped { step: 50 }));
    stage.with_app(|app| app.user.dialog = Some(purrtrait::ui::Dialog::Tile(3)));
    stage.harness.run_steps(3);
    stage.press("Explore this cat");
    let asked = Player::default().take(&mut stage);
    let source = ExploreSource::File("runs/0007-cats".into());
    assert!(matches!(&asked[..], [ExploreCommand::Open(s)] if *s == source), "{asked:?}");
}

/// Nobody has to know that directions can be found: they are when they are first looked at, each with pictures of what it
/// does, and with a name for that as soon as there is one, but not while somebody types another.
#[test]
fn directions_are_found_at_the_first_look_and_shown_as_pictures() {
    let mut stage = Stage::window(egui_kittest::Harness::builder(), 1280.0, 900.0, egui::Theme::Dark);
    let mut player = Player::open(&mut stage);
    let find = |c: &ExploreCommand| matches!(c, ExploreCommand::FindDirections(DirectionMethod::Sefa));
    player.opened(&mut stage);
    stage.explorer_tells(ExploreEvent::Directions(Vec::new()));
    assert!(!player.play(&mut stage).iter().any(find), "they are not looked at");
    stage.harness.get_by_role_and_label(Role::RadioButton, "Pad: Directions").click();
    assert_eq!(player.play(&mut stage).iter().filter(|c| find(c)).count(), 1);
    assert!(stage.shows("Looking for the strongest changes"));
    assert!(!player.play(&mut stage).iter().any(find), "once is enough");

    let info = |name: &str| DirectionInfo { name: name.into(), strength: 0.5 };
    stage.explorer_tells(ExploreEvent::Directions(vec![info("change 1"), info("change 2"), info("change 3")]));
    let strips: Vec<LatentSpec> = player
        .play(&mut stage)
        .into_iter()
        .filter_map(|c| match c {
            ExploreCommand::Thumbnails { purpose: "strips", specs, .. } => Some(specs),
            _ => None,
        })
        .flatten()
        .collect();
    let base = current(&stage);
    for (row, column) in [(0, -3), (0, 3), (1, 0), (2, 2)] {
        let mut amounts = vec![0.0; 3];
        amounts[row] = f64::from(column);
        let wanted = LatentSpec::Shifted { base: base.clone(), amounts };
        assert!(strips.contains(&wanted), "{row}, {column}");
    }

    stage.with_app(|app| app.user.explore.directions.names[1] = "my own na".into());
    let names = ["brighter", "larger", "change 3"];
    stage.explorer_tells(ExploreEvent::DirectionsNamed(names.map(info).into()));
    assert_eq!(stage.with_app(|app| app.user.explore.directions.names.clone()), ["brighter", "my own na", "change 3"]);

    let rect = stage.harness.get_by_role_and_label(Role::Image, "Pictures along brighter").rect();
    let at = rect.left_center() + vec2(rect.width() * 5.5 / 7.0, 0.0);
    stage.harness.hover_at(at);
    stage.harness.run_steps(1);
    stage.harness.drag_at(at);
    stage.harness.drop_at(at);
    let asked = shows(&player.play(&mut stage));
    let wanted = LatentSpec::Shifted { base, amounts: vec![2.0, 0.0, 0.0] };
    assert_eq!(asked.last().map(|(_, spec)| spec), Some(&wanted));
}
