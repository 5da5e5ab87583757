//! The same loop, compiled for wider instructions than every processor has.
//!
//! The program runs on any x86-64 processor, so the compiler may use only what all of them know: four numbers at a time.
//! A loop given to [`wide`] is compiled again for newer ones and the right form is chosen when it runs. The results are
//! the same to the bit: the compiler neither reorders sums nor joins a product with a sum.

/// Runs `work` with the widest instructions that this processor has. Worth it for some thousand numbers at once.
#[inline]
pub fn wide<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
        {
            // SAFETY: the processor has just said that it knows these instructions.
            return unsafe { with_avx512(work) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: as above.
            return unsafe { with_avx2(work) };
        }
    }
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
fn with_avx512<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2<R>(work: impl FnOnce() -> R) -> R {
    work()
}
