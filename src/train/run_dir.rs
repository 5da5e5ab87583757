//! The run folder. `folder` knows the paths inside it:
//!
//! ```text
//! RUN/
//!   run.toml            settings, written before step 1
//!   held-out.json       digests of the held-out pictures, written before step 1 (`held-back.json` in older runs)
//!   pictures.json       short digests of all pictures, written before step 1 and when others are taken
//!   sharpen.safetensors the network that enlarges its pictures, if one was trained
//!   favourites.jsonl    what people like of its generator, one line per change
//!   about.json          the name and the notes that people gave the run
//!   elsewhere.json      the other machine that trains it, if one does
//!   out-of-memory.json  how many pictures at once were too many for the graphics card, until the run is resumed
//!   run.lock            held while a program trains here; names its process, and is empty once that lets go
//!   session.json        what the session that trains here says of itself: device, findings of the coach, its end
//!   metrics.jsonl       one line per step, of long runs fewer from the middle
//!   marks.jsonl         one line per change of the tunables
//!   quality.jsonl       one line per measurement of the pictures
//!   samples/            step-000000120.png, always the same latents; of long runs fewer from the middle
//!   maps/               step-000000120.jpg, a square of neighbouring latents, at about two dozen moments
//!   checkpoints/        step-000000120/ {weights.safetensors, state.json, manifest.json};
//!                       step-000000130.set-aside/ is newer than the step that the run rolled back to
//! ```
//!
//! A run may come from a stranger. The folder itself is where the user says, also through a link; below it no link is
//! followed, nothing is read that is not a file, and nothing without a limit ([`crate::files`]).

mod about;
mod best;
mod checkpoints;
mod copy;
mod elsewhere;
mod error;
mod files;
mod folder;
mod held_out;
mod history;
mod holder;
mod maps;
mod opening;
mod out_of_memory;
mod pictures;
mod samples;
mod session;
mod sharpener;
#[cfg(test)]
mod tests;
mod travel;
mod version;

pub use about::AboutRun;
pub(crate) use about::{LONGEST_RUN_NAME, LONGEST_RUN_NOTES};
pub(crate) use best::{MeasuredStep, best};
pub(crate) use checkpoints::Kept;
pub(crate) use elsewhere::Elsewhere;
pub use error::RunDirError;
pub use folder::RunDir;
pub(crate) use history::RunHistory;
pub(crate) use holder::Holder;
pub use pictures::RunPictures;
pub(crate) use travel::{CHECKPOINT, Extent, FilePart, HISTORIES, Incoming, Outgoing, RunFile};
pub(crate) use version::FileVersion;
