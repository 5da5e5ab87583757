//! What replaying recorded kernels would save the host.

use super::{gpu, noise};
use burn::tensor::capture;
use purrtrait::compute::{Kernel, ops};
use std::time::Instant;

/// So many kernels, as many as a step has of them.
const KERNELS: usize = 100;
const TIMES: u32 = 50;

/// Tiny convolutions in a row, each a kernel of its own, started one by one and as a recorded graph.
#[test]
#[ignore = "a measurement"]
fn what_a_replay_of_kernels_saves() {
    let Some(gpu) = gpu() else { return };
    let kernel = Kernel { size: 1, stride: 1 };
    let (x, w) = (noise([1, 1, 2, 2], 1, gpu.device()), noise([1, 1, 1, 1], 2, gpu.device()));
    let chain = || (0..KERNELS).fold(x.clone(), |y, _| ops::conv(y, w.clone(), kernel));
    let wait = || gpu.device().sync().unwrap();
    let microseconds = |run: &mut dyn FnMut()| {
        run();
        wait();
        let began = Instant::now();
        for _ in 0..TIMES {
            run();
        }
        let issued = began.elapsed();
        wait();
        [issued, began.elapsed()].map(|time| time.as_secs_f64() * 1e6 / f64::from(TIMES) / KERNELS as f64)
    };
    let [issued, done] = microseconds(&mut || drop(chain()));
    println!("one by one: {issued:.1} us a kernel until all are issued, {done:.1} until they are done");
    let mut graph = capture(gpu.device(), chain);
    // SAFETY: the tensors that the chain reads live as long as the graph.
    let [issued, done] = microseconds(&mut || _ = unsafe { graph.replay() });
    println!("replayed: {issued:.1} us a kernel until all are issued, {done:.1} until they are done");
}
