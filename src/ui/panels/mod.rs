//! The parts of the window, one file each; the explorer and the dialogs have folders of their own. A panel draws from
//! a [`View`](super::view::View) and pushes actions; it never touches the engine.

mod banner;
mod coach;
mod dataset;
mod example;
mod dialogs;
mod explore;
mod foot;
mod log;
mod losses;
mod machine;
mod team;
mod manners;
mod path_entry;
mod pictures;
mod plot_style;
mod preparation;
mod quality;
mod recipe;
mod run_bar;
mod runs;
mod samples;
mod starting;
mod status;
mod suggestion;
mod top_bar;
mod tunables;
mod welcome;

pub(crate) use banner::needed as banner_needed;
pub(crate) use coach::needed as coach_needed;
pub(crate) use dialogs::{drop_target, saving, show as dialog};
use runs::title as run_title;

use super::view::Panel;

pub(crate) static TOP_BAR: Panel = Panel { name: "top_bar", size: [1280.0, 48.0], show: top_bar::show };
pub(crate) static BANNER: Panel = Panel { name: "banner", size: [1264.0, 76.0], show: banner::show };
pub(crate) static WELCOME: Panel = Panel { name: "welcome", size: [1280.0, 644.0], show: welcome::show };
pub(crate) static DATASET: Panel = Panel { name: "dataset", size: [904.0, 620.0], show: dataset::show };
pub(crate) static RECIPE: Panel = Panel { name: "recipe", size: [344.0, 620.0], show: recipe::show };
pub(crate) static PREPARATION: Panel = Panel { name: "preparation", size: [344.0, 620.0], show: preparation::show };
pub(crate) static RUN_BAR: Panel = Panel { name: "run_bar", size: [1264.0, 108.0], show: run_bar::show };
pub(crate) static COACH: Panel = Panel { name: "coach", size: [1264.0, 180.0], show: coach::show };
pub(crate) static SAMPLES: Panel = Panel { name: "samples", size: [436.0, 510.0], show: samples::show };
pub(crate) static LOSSES: Panel = Panel { name: "losses", size: [460.0, 510.0], show: losses::show };
pub(crate) static TUNABLES: Panel = Panel { name: "tunables", size: [344.0, 510.0], show: tunables::show };
pub(crate) static EXPLORE: Panel = Panel { name: "explore", size: [1264.0, 628.0], show: explore::show };
pub(crate) static LOG: Panel = Panel { name: "log", size: [1264.0, 150.0], show: log::show };
pub(crate) static STATUS: Panel = Panel { name: "status", size: [1280.0, 28.0], show: status::show };

/// All parts, for the tests that look at each of them.
pub static PANELS: &[&Panel] = &[
    &TOP_BAR,
    &BANNER,
    &WELCOME,
    &DATASET,
    &RECIPE,
    &PREPARATION,
    &RUN_BAR,
    &COACH,
    &SAMPLES,
    &LOSSES,
    &TUNABLES,
    &EXPLORE,
    &LOG,
    &STATUS,
];
