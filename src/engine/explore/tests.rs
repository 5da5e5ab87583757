//! Whose weights are on show, and that the training is asked for them then and only then.

use super::job_thread::Emit;
use super::opening::LiveWeights;
use super::state::ExplorerThread;
use crate::engine::app_dirs::AppDirs;
use crate::engine::bundled;
use crate::engine::protocol::command::Command;
use crate::engine::protocol::explore_command::{ExploreCommand, ExploreSource};
use crate::engine::protocol::explore_event::ExploreEvent;
use crate::engine::protocol::latent::LatentSpec;
use crossbeam_channel::bounded;
use std::sync::Arc;

#[test]
fn a_training_is_on_show_until_something_else_is_open() {
    let dir = tempfile::tempdir().unwrap();
    let (training, asked) = bounded(100);
    let (sender, events) = bounded(100);
    let emit: Emit = Arc::new(move |event| _ = sender.send(event));
    let mut explorer = ExplorerThread::new(AppDirs::below(dir.path()), training, bounded(1).0, emit);
    explorer.apply(ExploreCommand::Open(ExploreSource::Bundled)).unwrap();
    let save = ExploreCommand::Save {
        spec: LatentSpec::Seed { seed: 1, number: 0 },
        psi: 1.0,
        upscale: 1,
        sharpen: false,
        folder: dir.path().to_path_buf(),
        template: "cat-{model}".to_owned(),
    };
    explorer.apply(save).unwrap();
    assert!(asked.is_empty(), "nobody has looked at the training yet");

    explorer.apply(ExploreCommand::Open(ExploreSource::Live)).unwrap();
    assert!(matches!(asked.try_recv(), Ok(Command::ShareWeights(true))));
    let trained = || {
        let mut saved = bundled::generator().unwrap();
        saved.tensors[0].values[0] += 1.0;
        LiveWeights { saved, folder: dir.path().join("run"), seed: 1, watched: false }
    };
    explorer.take_weights(trained());
    assert_eq!(explorer.model().unwrap().info.source, ExploreSource::Live);

    // What cannot be opened changes nothing.
    let nothing = ExploreSource::File(dir.path().join("none.safetensors"));
    assert!(explorer.apply(ExploreCommand::Open(nothing)).is_err());
    assert!(asked.is_empty());
    explorer.take_weights(trained());
    assert!(matches!(events.try_iter().last(), Some(ExploreEvent::Refreshed { .. })));

    // A picture of another generator brings that one along.
    explorer.apply(ExploreCommand::Restore(dir.path().join("cat-bundled.png"))).unwrap();
    assert_eq!(explorer.model().unwrap().info.source, ExploreSource::Bundled);
    assert!(matches!(asked.try_recv(), Ok(Command::ShareWeights(false))));
    events.try_iter().for_each(drop);
    explorer.take_weights(trained());
    assert!(events.is_empty(), "weights that were on their way come too late");

    drop(asked);
    let error = explorer.apply(ExploreCommand::Open(ExploreSource::Live)).unwrap_err();
    assert!(error.to_string().contains("training thread is gone"), "{error}");
}
