//! How many shaders a piece of work needs.

use cubecl::launched::LaunchedKernels;
#[cfg(test)]
use std::collections::HashSet;

/// Notes every kernel that is started while it exists, on any device and by any thread. Each of them is a shader, which
/// a GPU's driver compiles when it is started for the first time in a process.
pub(crate) struct ShaderCount(LaunchedKernels);

impl ShaderCount {
    /// Begins to note them.
    pub(crate) fn begin() -> Self {
        Self(LaunchedKernels::new())
    }

    /// How many different ones were started since.
    pub(crate) fn end(self) -> usize {
        self.0.finish().len()
    }

    /// Those started since, added to `known`: how many there were, and how many of them `known` did not have.
    #[cfg(test)]
    pub(crate) fn end_among(self, known: &mut HashSet<String>) -> [usize; 2] {
        let (found, before) = (self.0.finish(), known.len());
        let count = found.len();
        known.extend(found.into_iter().map(|hash| format!("{hash:?}")));
        [count, known.len() - before]
    }
}
