//! A run has the same held-out pictures as long as it lives, whatever is added to the folder of pictures.

use crate::data::{Dataset, Split};
use crate::engine::protocol::error::EngineError;
use crate::engine::run_pictures::split;
use crate::train::{Checkpoint, RunDir, Trainer};

/// Gives the trainer the held-out pictures of earlier sessions, or writes down which they are: `percent` of all.
///
/// # Errors
/// The list in the run folder cannot be read or written.
pub(crate) fn settle(
    trainer: &mut Trainer,
    dir: &RunDir,
    dataset: &Dataset,
    percent: f64,
    checkpoint: Option<&Checkpoint>,
) -> Result<(), EngineError> {
    let held = dir.read_held_out()?;
    if held.is_some() || checkpoint.is_some() {
        trainer.use_split(split(held.as_deref(), dataset, percent));
    }
    if held.is_some() {
        return Ok(());
    }
    // A run older than the list whose pictures have changed since: which they were is not known any more.
    if checkpoint.is_none_or(|c| c.meta.dataset == dataset.fingerprint()) {
        let held: Vec<&str> = Split::digests(&trainer.split().held, dataset.digests()).collect();
        dir.write_held_out(&held)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::ComputeDevice;
    use crate::config::{DataSource, Preset, RunConfig};
    use crate::data::{DataHome, draw_demo_cat};
    use crate::interrupt::JobControl;
    use std::path::Path;
    use std::sync::Arc;

    fn config(folder: &Path) -> RunConfig {
        let mut config = Preset::find("quick-32").unwrap().config();
        config.model.g_width = 4;
        config.model.d_width = 4;
        config.batch = 4;
        config.held_out = 25.0;
        config.data.source = DataSource::Folder(folder.to_path_buf());
        config
    }

    fn add(folder: &Path, name: &str, cat: u64) {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join(name), draw_demo_cat(3, cat, 32).to_png().unwrap()).unwrap();
    }

    fn open(config: &RunConfig, cache: &Path) -> (Arc<Dataset>, Trainer) {
        let dataset = Dataset::prepare(&config.data, 32, &DataHome::at(cache), JobControl::unattended()).unwrap();
        let dataset = Arc::new(dataset);
        (dataset.clone(), Trainer::new(config.clone(), ComputeDevice::cpu(), dataset).unwrap())
    }

    #[test]
    fn an_added_picture_makes_no_training_picture_count_as_held_out() {
        let temp = tempfile::tempdir().unwrap();
        let (folder, cache) = (temp.path().join("cats"), temp.path().join("cache"));
        (0..60).for_each(|i| add(&folder, &format!("cat-{i:02}.png"), i));
        let config = config(&folder);
        let dir = RunDir::create(&temp.path().join("run"), &config).unwrap();
        let (before, mut trainer) = open(&config, &cache);
        let by_position = trainer.split().clone();
        settle(&mut trainer, &dir, &before, config.held_out, None).unwrap();
        assert_eq!(trainer.split(), &by_position, "a new run chooses by position");
        let checkpoint = trainer.checkpoint(0, 0.0).unwrap();
        let trained: Vec<&str> = Split::digests(&by_position.training, before.digests()).collect();

        add(&folder, "new-cat.png", 99);
        let (after, mut trainer) = open(&config, &cache);
        let wrong = Split::digests(&trainer.split().held, after.digests()).filter(|d| trained.contains(d)).count();
        assert!(wrong > 8, "by position {wrong} would change sides");
        settle(&mut trainer, &dir, &after, config.held_out, Some(&checkpoint)).unwrap();
        let held: Vec<&str> = Split::digests(&trainer.split().held, after.digests()).collect();
        assert_eq!((held.len(), trainer.split().training.len()), (15, 46));
        assert!(held.iter().all(|digest| !trained.contains(digest)));
        trainer.step().unwrap();
        assert!(trainer.read_losses().is_ok(), "it trains on them");
        let split = trainer.split().clone();
        trainer.roll_back_to(Some(&checkpoint)).unwrap();
        assert_eq!((trainer.step_count(), trainer.split()), (0, &split), "also after a rollback");

        // A run older than the list, whose pictures have changed: nothing is written that may be wrong.
        let old = RunDir::create(&temp.path().join("old"), &config).unwrap();
        let (_, mut trainer) = open(&config, &cache);
        let by_position = Split::before(after.len(), config.held_out);
        settle(&mut trainer, &old, &after, config.held_out, Some(&checkpoint)).unwrap();
        assert_eq!((trainer.split(), old.read_held_out().unwrap()), (&by_position, None));
        std::fs::write(old.root().join("held-back.json"), "[1]").unwrap();
        let error = settle(&mut trainer, &old, &after, config.held_out, Some(&checkpoint)).unwrap_err();
        assert!(error.to_string().contains("held-back.json"), "{error}");
    }
}
