//! How parts of commands and events are written into messages, where the usual way leaves something out. For
//! `#[serde(with = ..)]`.

/// What several owners share: as itself.
pub(super) mod shared {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::sync::Arc;

    pub(in super::super) fn serialize<T: Serialize, S: Serializer>(
        value: &Arc<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        T::serialize(value, serializer)
    }

    pub(in super::super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<T>, D::Error> {
        T::deserialize(deserializer).map(Arc::new)
    }
}

/// A picture that may be missing.
pub(super) mod picture {
    use crate::pixels::Frame;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::sync::Arc;

    pub(in super::super) fn serialize<S: Serializer>(
        picture: &Option<Arc<Frame>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        picture.as_deref().serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Arc<Frame>>, D::Error> {
        Ok(Option::<Frame>::deserialize(deserializer)?.map(Arc::new))
    }
}

/// The model that a run starts from, with its place, which files never hold.
pub(super) mod start {
    use crate::config::StartModel;
    use crate::files::exact_path;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::path::PathBuf;

    #[derive(Serialize, Deserialize)]
    pub(super) struct PlacedStart {
        model: StartModel,
        #[serde(with = "exact_path")]
        source: PathBuf,
    }

    impl From<StartModel> for PlacedStart {
        fn from(model: StartModel) -> Self {
            Self { source: model.source.clone(), model }
        }
    }

    impl From<PlacedStart> for StartModel {
        fn from(PlacedStart { model, source }: PlacedStart) -> Self {
            Self { source, ..model }
        }
    }

    pub(in super::super) fn serialize<S: Serializer>(start: &StartModel, serializer: S) -> Result<S::Ok, S::Error> {
        PlacedStart::from(start.clone()).serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StartModel, D::Error> {
        Ok(PlacedStart::deserialize(deserializer)?.into())
    }
}

/// The settings of a run, with the place of the model that it starts from.
pub(super) mod run_config {
    use super::start::PlacedStart;
    use crate::config::RunConfig;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct PlacedConfig {
        config: RunConfig,
        start: Option<PlacedStart>,
    }

    pub(in super::super) fn serialize<S: Serializer>(config: &RunConfig, serializer: S) -> Result<S::Ok, S::Error> {
        let mut config = config.clone();
        let start = config.start.take().map(Into::into);
        PlacedConfig { config, start }.serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, C: From<RunConfig>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<C, D::Error> {
        let PlacedConfig { mut config, start } = PlacedConfig::deserialize(deserializer)?;
        config.start = start.map(Into::into);
        Ok(config.into())
    }
}
