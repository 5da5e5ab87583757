//! Settings as pure data: no files are opened and no tensors exist here.
//!
//! Each setting is defined once (`define`) and becomes a field and a [`Param`]: the command line, the sliders,
//! validation and help read that. [`RunConfig`] is frozen when a run starts; [`Tunables`] may change while it trains.

mod app;
mod blend;
mod data;
mod define;
mod device;
mod held_out;
mod machine;
mod manners;
mod model;
mod param;
mod picture_use;
mod presets;
mod race;
mod run;
mod start;
mod team;
mod tunables;
mod typed_path;
mod unused;

pub use app::{AppSettings, Motion, Theme};
pub use blend::BlendAmounts;
pub use data::{CropMode, DATA, DataConfig, DataSource, Duplicates, FaceMode, NoFace};
pub use device::{DeviceChoice, DeviceInfo};
pub(crate) use held_out::{FEWEST_HELD, FEWEST_PICTURES, held_out_count, held_out_count_before};
pub use machine::{Machine, RunPlace, TrainingPlace};
pub use manners::{Manners, Share};
pub use model::{DNorm, Family, LatentKind, LossKind, MODEL, ModelConfig, Norm, Upsample};
pub use param::{Choice, Kind, Param, SettingError, Value};
pub(crate) use picture_use::short_digest;
pub use picture_use::{PictureUse, Usage};
pub use presets::{FINE_TUNING, PRESETS, Preset};
pub(crate) use race::check_race;
pub use run::{Augment, Precision, RUN, RateDecay, RunConfig};
pub use start::StartModel;
pub(crate) use start::follows;
pub use team::{TeamMember, TeamPlace, WORKER_PORT, WorkerAddress};
pub use tunables::{TUNABLES, Tunables};
pub(crate) use typed_path::typed_path;
