//! PyTorch's model files, read without executing anything in them.

mod archive;
mod legacy;
mod pickle;
mod program;
mod pth;
mod unpickle;

pub(super) use pth::PthFile;
