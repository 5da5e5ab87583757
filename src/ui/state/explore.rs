//! What the explorer told: the generator that is open, its newest picture, small pictures, searches and films.

use super::text;
use crate::engine::{
    DirectionInfo, ExploreEvent, ExploreModel, ExploreSource, GeneratedPicture, Latent, LatentSpec, Level, Neighbour,
    RequestKind,
};
use crate::pixels::Frame;
use crate::printable;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A node of the map behind the pad: its column and its row.
pub(crate) type Node = (i64, i64);

/// The name that requests for the map carry.
pub(crate) const MAP: &str = "map";

/// What the map shows. Pictures of one kind have nothing to do on another.
#[derive(Debug, Clone, PartialEq)]
pub enum MapKind {
    Plane { seed: u64 },
    Directions { base: Latent, axes: [usize; 2], others: Vec<f64> },
}

/// The small pictures behind the pad.
#[derive(Debug, Default)]
pub struct MapSheet {
    kind: Option<MapKind>,
    psi: f64,
    weights: u64,
    stamp: u64,
    asked: Vec<Node>,
    /// The flag tells those that are drawn with the weights and the truncation of now.
    pictures: HashMap<Node, (Arc<Frame>, bool)>,
}

impl MapSheet {
    pub fn get(&self, node: Node) -> Option<&Arc<Frame>> {
        self.pictures.get(&node).map(|(frame, _)| frame)
    }

    pub fn stamp(&self) -> u64 {
        self.stamp
    }

    /// Which of these nodes to ask for now, if there is any need to ask. Pictures of all other nodes are dropped.
    fn needs(&mut self, kind: &MapKind, psi: f64, weights: u64, nodes: &[Node]) -> Option<Vec<Node>> {
        if self.kind.as_ref() != Some(kind) {
            *self = Self { kind: Some(kind.clone()), stamp: self.stamp, ..Self::default() };
        }
        if self.psi != psi || self.weights != weights {
            (self.psi, self.weights) = (psi, weights);
            self.pictures.values_mut().for_each(|(_, fresh)| *fresh = false);
            self.asked.clear();
        }
        self.pictures.retain(|node, _| nodes.contains(node));
        let fresh = |node: &Node| self.pictures.get(node).is_some_and(|(_, fresh)| *fresh);
        let missing: Vec<Node> = nodes.iter().copied().filter(|node| !fresh(node)).collect();
        let on_the_way = missing.iter().all(|node| self.asked.contains(node));
        (!missing.is_empty() && !on_the_way).then_some(missing)
    }

    fn insert(&mut self, stamp: u64, first: usize, pictures: Vec<(Latent, Arc<Frame>)>) {
        if stamp != self.stamp {
            return;
        }
        for (node, (_, frame)) in self.asked.iter().skip(first).zip(pictures) {
            self.pictures.insert(*node, (frame, true));
        }
    }
}

/// The search for the latent of a picture.
#[derive(Debug, Default)]
pub enum SearchState {
    #[default]
    None,
    Running {
        done: usize,
        total: usize,
        frame: Option<Arc<Frame>>,
        error: f64,
    },
    Found {
        steps: usize,
        error: f64,
    },
}

/// How far a film, a ranking or a comparison is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub done: usize,
    pub total: usize,
}

/// A training picture near to the one on show.
#[derive(Debug)]
pub struct Near {
    pub frame: Arc<Frame>,
    pub mirrored: bool,
    /// From 0 to 255.
    pub distance: f32,
}

impl From<Neighbour> for Near {
    fn from(near: Neighbour) -> Self {
        Self { frame: Arc::new(near.frame), mirrored: near.mirrored, distance: near.distance }
    }
}

#[derive(Debug, Default)]
pub struct ExploreState {
    pub model: Option<Arc<ExploreModel>>,
    /// Asked for and not yet open.
    pub opening: Option<ExploreSource>,
    /// Why nothing could be opened.
    pub failure: Option<String>,
    /// Training steps behind the weights in use.
    pub step: u64,
    /// Counts the generators and weights so far: pictures of an earlier count are old.
    pub weights: u64,
    /// The picture on show.
    pub drawn: Option<GeneratedPicture>,
    /// The picture that is waited for; all others come too late.
    asked: Option<u64>,
    pub directions: Vec<DirectionInfo>,
    pub map: MapSheet,
    pub search: SearchState,
    pub film: Option<Counted>,
    pub saved: Option<PathBuf>,
    /// The discriminator is looking through pictures.
    pub ranking: Option<Counted>,
    /// What it liked best, best first.
    pub curated: Vec<(Latent, Arc<Frame>)>,
    /// The training pictures nearest to this latent.
    pub neighbours: Option<(Latent, Vec<Near>)>,
    /// They are being looked for; so many training pictures are prepared.
    pub comparing: Option<Counted>,
}

impl ExploreState {
    /// This generator was asked for.
    pub fn opens(&mut self, source: ExploreSource) {
        self.opening = Some(source);
        self.failure = None;
        self.asked = None;
    }

    /// The picture with this stamp was asked for.
    pub fn asks(&mut self, stamp: u64) {
        self.asked = Some(stamp);
    }

    /// What to ask for so that the map shows these nodes: nodes and stamp.
    pub(crate) fn map_request(&mut self, kind: &MapKind, psi: f64, nodes: &[Node]) -> Option<(u64, Vec<Node>)> {
        let missing = self.map.needs(kind, psi, self.weights, nodes)?;
        self.map.stamp += 1;
        self.map.asked = missing.clone();
        Some((self.map.stamp, missing))
    }

    /// The explorer had no room for the request of the map: it will be asked for again.
    pub(crate) fn map_refused(&mut self) {
        self.map.asked.clear();
    }

    pub(crate) fn searching(&self) -> bool {
        matches!(self.search, SearchState::Running { .. })
    }

    /// A search, a film, a ranking or a comparison is under way; one at a time.
    pub(crate) fn working(&self) -> bool {
        self.work().is_some()
    }

    /// The one that is under way, in words.
    pub fn work(&self) -> Option<&'static str> {
        let each = [
            (self.film.is_some(), "A film is being written"),
            (self.searching(), "A search is in progress"),
            (self.ranking.is_some(), "The discriminator is ranking pictures"),
            (self.comparing.is_some(), "The training pictures are being searched"),
        ];
        each.into_iter().find_map(|(goes_on, words)| goes_on.then_some(words))
    }

    fn nothing_under_way(&mut self) {
        self.search = SearchState::None;
        self.film = None;
        self.ranking = None;
        self.comparing = None;
    }

    /// Takes in one message. Gives what to tell the person.
    pub fn apply(&mut self, event: ExploreEvent) -> Option<(Level, String)> {
        match event {
            ExploreEvent::Opened(model) => {
                self.opening = None;
                self.failure = None;
                self.asked = None;
                self.step = model.step;
                self.weights += 1;
                self.map.pictures.clear();
                self.nothing_under_way();
                self.curated.clear();
                self.neighbours = None;
                self.model = Some(model);
            }
            ExploreEvent::Refreshed { step } => {
                self.step = step;
                self.weights += 1;
            }
            ExploreEvent::Picture(drawn) => {
                if self.asked == Some(drawn.stamp) {
                    self.asked = None;
                    self.drawn = Some(drawn);
                }
            }
            ExploreEvent::Thumbnails { purpose, stamp, first, pictures } => {
                if purpose == MAP {
                    self.map.insert(stamp, first, pictures);
                }
            }
            ExploreEvent::Directions(directions) => self.directions = directions,
            ExploreEvent::Steps(steps) => {
                if let Some(model) = &mut self.model {
                    Arc::make_mut(model).steps = steps;
                }
            }
            ExploreEvent::Comparing { done, total } => {
                if let Some(comparing) = &mut self.comparing {
                    *comparing = Counted { done: done.max(comparing.done), total };
                }
            }
            ExploreEvent::Projecting { done, total, frame, error } => {
                // A message that was on its way when the search was given up.
                if self.searching() {
                    self.search = SearchState::Running { done, total, frame: Some(frame), error };
                }
            }
            ExploreEvent::Projected { error, steps, .. } => {
                self.search = SearchState::Found { steps, error };
                return Some((Level::Good, format!("Found it. Mean pixel error: {error:.1} of 255.")));
            }
            ExploreEvent::Restored { path, .. } => {
                return Some((Level::Good, format!("Back at the point of {}.", text::name(&path))));
            }
            ExploreEvent::Saved(path) => {
                let text = format!("Saved {}.", printable::path(&path));
                self.saved = Some(path);
                return Some((Level::Good, text));
            }
            ExploreEvent::Exported(path) => {
                let text = format!("Exported the generator to {}.", printable::path(&path));
                self.saved = Some(path);
                return Some((Level::Good, text));
            }
            ExploreEvent::Filming { done, total } => {
                if let Some(film) = &mut self.film {
                    *film = Counted { done, total };
                }
            }
            ExploreEvent::Filmed(path) => {
                self.film = None;
                let text = format!("Saved the film as {}.", printable::path(&path));
                self.saved = Some(path);
                return Some((Level::Good, text));
            }
            ExploreEvent::Failed { about, text } => return Some((Level::Error, self.failed(about, text))),
            ExploreEvent::Ranking { done, total } => {
                if let Some(ranking) = &mut self.ranking {
                    *ranking = Counted { done, total };
                }
            }
            ExploreEvent::Curated(pictures) => {
                self.ranking = None;
                self.curated = pictures;
            }
            ExploreEvent::Neighbours { latent, found } => {
                self.comparing = None;
                self.neighbours = Some((latent, found.into_iter().map(Near::from).collect()));
            }
            ExploreEvent::Cancelled => self.nothing_under_way(),
            // Beside playing; `state::evaluation` takes it.
            ExploreEvent::Evaluation(_) => {}
        }
        None
    }

    /// Something failed: only that ends.
    fn failed(&mut self, about: RequestKind, text: String) -> String {
        match about {
            RequestKind::Opening => {
                self.opening = None;
                self.failure = Some(text.clone());
            }
            RequestKind::Drawing => self.asked = None,
            RequestKind::Job => self.nothing_under_way(),
            RequestKind::Step | RequestKind::Other => {}
        }
        text
    }

    /// Steps and size in a line.
    pub(crate) fn facts(&self) -> Option<String> {
        let model = self.model.as_ref()?;
        let size = format!("{0} × {0} px", model.config.size);
        Some(if self.step > 0 { format!("{size} · step {}", text::count(self.step)) } else { size })
    }
}

/// The points in latent space of these nodes of the map.
pub(crate) fn map_specs(kind: &MapKind, nodes: &[Node]) -> Vec<LatentSpec> {
    let spec = |&(x, y): &Node| match kind {
        MapKind::Plane { seed } => LatentSpec::Plane { seed: *seed, x: x as f64, y: y as f64 },
        MapKind::Directions { base, axes, others } => {
            let mut amounts = others.clone();
            for (axis, value) in axes.iter().zip([x, y]) {
                if let Some(amount) = amounts.get_mut(*axis) {
                    *amount = value as f64;
                }
            }
            LatentSpec::Shifted { base: base.clone(), amounts }
        }
    };
    nodes.iter().map(spec).collect()
}
