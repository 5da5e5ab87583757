//! Jobs with an end of their own, for the command line and for threads of the explorer: pictures, films, measurements,
//! rankings and models.

pub(super) mod blend;
pub(super) mod compare;
pub(super) mod course;
pub(super) mod curate;
pub(super) mod directions;
pub(super) mod evaluate;
pub(super) mod faces;
pub(super) mod favourites;
mod face_sheet;
pub(super) mod films;
pub(super) mod frames;
pub(super) mod generate;
pub(super) mod inception;
pub(super) mod landmarks;
pub(super) mod models;
pub(super) mod neighbours;
pub(super) mod project;
pub(super) mod restore;
pub(super) mod score;
pub(super) mod sharpen;
pub(super) mod speed;
pub(super) mod story;
pub(super) mod tools;
