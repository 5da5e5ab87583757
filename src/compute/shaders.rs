//! How many shaders a piece of work needs.

use cubecl::launched::LaunchedKernels;

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
}
