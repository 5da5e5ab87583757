//! A target that errs on purpose: what the driver does not find here it finds nowhere.

use super::containers::Shape;
use super::input::Input;
use super::targets::Target;
use std::hint::black_box;
use std::time::Duration;

pub static PLANTED: Target = Target {
    name: "planted",
    budget: 1 << 20,
    seeds: |_| [&b"good"[..], b"panic", b"hang!", b"memory", b"stack", b"end"].map(Input::one).into(),
    shape: |_| Shape::Bytes,
    repair: |_| {},
    run: |_, input| {
        match input.first() {
            b"panic" => panic!("planted"),
            b"hang!" => std::thread::sleep(Duration::from_secs(3600)),
            b"memory" => drop(black_box(vec![1u8; 2 << 20])),
            b"stack" => drop(black_box(deep(1))),
            _ => {}
        }
        String::new()
    },
};

/// Without an end in sight.
fn deep(n: u64) -> u64 {
    let room = black_box([n; 64]);
    if n == 0 { 0 } else { deep(n + 1) + room[(n % 64) as usize] }
}
