//! Where pictures and films go.

use crate::engine::{Easing, SharpenInfo};
use std::path::PathBuf;

/// What the person has chosen for saving pictures.
#[derive(Debug)]
pub struct SaveForm {
    pub upscale: u32,
    /// Enlarge with the sharpening network, where there is one.
    pub sharpen: SharpenChoice,
    pub folder: String,
    /// File name with placeholders.
    pub template: String,
}

/// Whether enlarged pictures are sharpened: as those in the explorer are, which are where the network is better than
/// enlarging without it, until the person chooses otherwise for this generator and its network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SharpenChoice(pub Option<bool>);

impl SharpenChoice {
    /// With this network; without one nothing is.
    pub(crate) fn is_on(self, network: Option<SharpenInfo>) -> bool {
        network.is_some_and(|network| self.0.unwrap_or(network.on))
    }
}

/// Which points a film leads along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Along {
    Favourites,
    Past,
    /// A random walk from the point on show.
    Walk,
    /// The point on show, at every checkpoint of the run.
    Training,
}

/// What the person has chosen for a film.
#[derive(Debug)]
pub struct FilmForm {
    pub along: Along,
    pub frames: u32,
    pub fps: u32,
    pub closed: bool,
    pub easing: Easing,
    pub upscale: u32,
    /// As for pictures.
    pub sharpen: SharpenChoice,
    pub out: String,
}

impl Default for SaveForm {
    fn default() -> Self {
        let folder = own_folder().display().to_string();
        Self { upscale: 4, sharpen: SharpenChoice::default(), folder, template: "{model}-{seed}-{number}".to_owned() }
    }
}

impl Default for FilmForm {
    fn default() -> Self {
        let out = own_folder().join("cats.mp4").display().to_string();
        Self {
            along: Along::Favourites,
            frames: 240,
            fps: 30,
            closed: true,
            easing: Easing::Smooth,
            upscale: 4,
            sharpen: SharpenChoice::default(),
            out,
        }
    }
}

/// Where the generator goes by default.
pub(crate) fn own_model() -> String {
    own_file("cats.html")
}

/// A file of this name in the person's folder of pictures.
pub(crate) fn own_file(name: &str) -> String {
    own_folder().join(name).display().to_string()
}

/// The person's folder of pictures, or home.
fn own_folder() -> PathBuf {
    let dirs = directories::UserDirs::new();
    let pictures = dirs.as_ref().map(|d| d.picture_dir().unwrap_or(d.home_dir()).to_path_buf());
    pictures.unwrap_or_else(|| PathBuf::from("."))
}
