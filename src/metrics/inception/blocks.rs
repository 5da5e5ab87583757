//! The blocks of Inception v3 (Szegedy et al. 2016) with the names and pools of `pytorch-fid`.
//!
//! Two things differ from `torchvision`'s network: means at the border are of the pixels inside the picture only, and
//! the last block takes the largest neighbour instead of the mean. The numbers in the literature were computed that
//! way.

use super::layers::{Block, BranchLayer, ConvShape, Loader, inside, same};

const POINT: ConvShape = same(1, 1);
/// Classes that the published weights distinguish; `torchvision`'s distinguish 1,000.
const CLASSES: usize = 1008;

/// The blocks up to the last, which gives [`super::INCEPTION_FEATURES`] channels of 8 x 8.
///
/// # Errors
/// In words: the first tensor that is missing or does not fit, or weights of another Inception.
pub(crate) fn network(load: &mut Loader) -> Result<Vec<Block>, String> {
    if let Some([classes, 2048]) = load.shape("fc.weight").filter(|shape| shape[0] != CLASSES) {
        return Err(format!(
            "it distinguishes {classes} classes instead of {CLASSES}; torchvision's Inception has other weights, and \
             its numbers cannot be compared with published ones"
        ));
    }
    let mut stem = load.chain(
        "",
        3,
        &[("Conv2d_1a_3x3", 32, inside(2)), ("Conv2d_2a_3x3", 32, inside(1)), ("Conv2d_2b_3x3", 64, same(3, 3))],
    )?;
    stem.push(BranchLayer::Shrink);
    let mut middle = load.chain("", 64, &[("Conv2d_3b_1x1", 80, POINT), ("Conv2d_4a_3x3", 192, inside(1))])?;
    middle.push(BranchLayer::Shrink);
    Ok(vec![
        vec![stem],
        vec![middle],
        a(load, "Mixed_5b", 192, 32)?,
        a(load, "Mixed_5c", 256, 64)?,
        a(load, "Mixed_5d", 288, 64)?,
        b(load, "Mixed_6a", 288)?,
        c(load, "Mixed_6b", 128)?,
        c(load, "Mixed_6c", 160)?,
        c(load, "Mixed_6d", 160)?,
        c(load, "Mixed_6e", 192)?,
        d(load, "Mixed_7a", 768)?,
        e(load, "Mixed_7b", 1280, BranchLayer::Mean)?,
        e(load, "Mixed_7c", 2048, BranchLayer::Max)?,
    ])
}

/// Maps of 35 x 35; gives 224 channels and those of the pool.
fn a(load: &mut Loader, name: &str, c_in: usize, pooled: usize) -> Result<Block, String> {
    Ok(vec![
        load.chain(name, c_in, &[("branch1x1", 64, POINT)])?,
        load.chain(name, c_in, &[("branch5x5_1", 48, POINT), ("branch5x5_2", 64, same(5, 5))])?,
        load.chain(
            name,
            c_in,
            &[("branch3x3dbl_1", 64, POINT), ("branch3x3dbl_2", 96, same(3, 3)), ("branch3x3dbl_3", 96, same(3, 3))],
        )?,
        pool(load, name, c_in, pooled, BranchLayer::Mean)?,
    ])
}

/// From 35 x 35 to 17 x 17; gives 480 channels and those of its input.
fn b(load: &mut Loader, name: &str, c_in: usize) -> Result<Block, String> {
    Ok(vec![
        load.chain(name, c_in, &[("branch3x3", 384, inside(2))])?,
        load.chain(
            name,
            c_in,
            &[("branch3x3dbl_1", 64, POINT), ("branch3x3dbl_2", 96, same(3, 3)), ("branch3x3dbl_3", 96, inside(2))],
        )?,
        vec![BranchLayer::Shrink],
    ])
}

/// Maps of 17 x 17 with 768 channels before and after, `inner` in between.
fn c(load: &mut Loader, name: &str, inner: usize) -> Result<Block, String> {
    let (wide, high) = (same(1, 7), same(7, 1));
    Ok(vec![
        load.chain(name, 768, &[("branch1x1", 192, POINT)])?,
        load.chain(
            name,
            768,
            &[("branch7x7_1", inner, POINT), ("branch7x7_2", inner, wide), ("branch7x7_3", 192, high)],
        )?,
        load.chain(
            name,
            768,
            &[
                ("branch7x7dbl_1", inner, POINT),
                ("branch7x7dbl_2", inner, high),
                ("branch7x7dbl_3", inner, wide),
                ("branch7x7dbl_4", inner, high),
                ("branch7x7dbl_5", 192, wide),
            ],
        )?,
        pool(load, name, 768, 192, BranchLayer::Mean)?,
    ])
}

/// From 17 x 17 to 8 x 8; gives 512 channels and those of its input.
fn d(load: &mut Loader, name: &str, c_in: usize) -> Result<Block, String> {
    Ok(vec![
        load.chain(name, c_in, &[("branch3x3_1", 192, POINT), ("branch3x3_2", 320, inside(2))])?,
        load.chain(
            name,
            c_in,
            &[
                ("branch7x7x3_1", 192, POINT),
                ("branch7x7x3_2", 192, same(1, 7)),
                ("branch7x7x3_3", 192, same(7, 1)),
                ("branch7x7x3_4", 192, inside(2)),
            ],
        )?,
        vec![BranchLayer::Shrink],
    ])
}

/// Maps of 8 x 8; gives 2,048 channels.
fn e(load: &mut Loader, name: &str, c_in: usize, near: BranchLayer) -> Result<Block, String> {
    let mut single = load.chain(name, c_in, &[("branch3x3_1", 384, POINT)])?;
    single.push(fork(load, &format!("{name}.branch3x3_2"))?);
    let mut double = load.chain(name, c_in, &[("branch3x3dbl_1", 448, POINT), ("branch3x3dbl_2", 384, same(3, 3))])?;
    double.push(fork(load, &format!("{name}.branch3x3dbl_3"))?);
    let point = load.chain(name, c_in, &[("branch1x1", 320, POINT)])?;
    Ok(vec![point, single, double, pool(load, name, c_in, 192, near)?])
}

/// Kernels of 1 x 3 and 3 x 1 side by side.
fn fork(load: &mut Loader, name: &str) -> Result<BranchLayer, String> {
    let wide = load.conv(&format!("{name}a"), 384, 384, same(1, 3))?;
    Ok(BranchLayer::Parallel(vec![wide, load.conv(&format!("{name}b"), 384, 384, same(3, 1))?]))
}

fn pool(
    load: &mut Loader,
    name: &str,
    c_in: usize,
    c_out: usize,
    near: BranchLayer,
) -> Result<Vec<BranchLayer>, String> {
    let mut steps = vec![near];
    steps.extend(load.chain(name, c_in, &[("branch_pool", c_out, POINT)])?);
    Ok(steps)
}
