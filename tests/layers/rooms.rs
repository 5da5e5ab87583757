//! The rooms of the engine, which src/engine/mod.rs lists: each uses only those before it.

use super::circles::{Ties, ties_between};
use super::sources;
use std::collections::BTreeMap;

/// In their order; the files beside the rooms are one room, too.
const ROOMS: [&str; 9] = ["protocol", BESIDE, "team", "jobs", "explore", "queue", "run", "process", "bench"];
const BESIDE: &str = "the files beside the rooms";

#[test]
fn a_room_of_the_engine_uses_only_rooms_before_it() {
    let ties = ties_between(&sources());
    assert!(ties.len() > 50, "only {} files", ties.len());
    let found = upwards(&ties);
    assert!(found.is_empty(), "{} ties lead upwards:\n{}", found.len(), found.join("\n"));
}

#[test]
fn planted_ties_upwards_are_found() {
    let ties = |from: &str, to: &str| {
        let name = BTreeMap::from([(format!("engine/{to}.rs"), "Name".to_owned())]);
        upwards(&Ties::from([(format!("engine/{from}.rs"), name)])).len()
    };
    let wrong = [("protocol/event", "bundled"), ("device", "jobs/models"), ("jobs/models", "run/worker")];
    assert_eq!(wrong.map(|(from, to)| ties(from, to)), [1, 1, 1]);
    let right = [("bench/explore", "run/worker"), ("jobs/models", "device"), ("run/held_out", "run/session/runs")];
    assert_eq!(right.map(|(from, to)| ties(from, to)), [0, 0, 0]);
}

/// The ties that lead to a later room, each as a line for a person.
fn upwards(ties: &Ties) -> Vec<String> {
    let all = ties.iter().flat_map(|(from, used)| used.iter().map(move |(to, name)| (from, to, name)));
    let wrong = all.filter(|(from, to, _)| room(from).zip(room(to)).is_some_and(|(from, to)| to > from));
    wrong.map(|(from, to, name)| format!("{from} -> {to}: {name}")).collect()
}

/// The number of a file's room; none outside the engine, and for the file that puts the rooms together.
fn room(file: &str) -> Option<usize> {
    let inside = file.strip_prefix("engine/").filter(|inside| *inside != "mod.rs")?;
    let name = inside.split_once('/').map_or(BESIDE, |(room, _)| room);
    Some(ROOMS.iter().position(|room| *room == name).unwrap_or_else(|| panic!("{file}: {name} is no room")))
}
