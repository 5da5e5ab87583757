//! Matrix products.

/// Terms of a sum that are added before the result is touched. With more than these the library (gemm 0.19) decides it
/// by the rows and columns of the result, so that the same work would round otherwise when it is cut otherwise.
const TERMS: usize = 512;

/// `c (m x n) = a (m x k) x b (k x n)`, or `c += ..` if `add`. Each matrix is a pointer, then the distance between its
/// rows and between its columns. One thread: the callers cut the work.
///
/// A number of `c` does not depend on how many rows and columns are computed with it, if those are at least two of each
/// and, where both the rows of `a` and the columns of `b` lie in order, more than 256 numbers: below that the library
/// adds in another order.
///
/// # Safety
/// The pointers must stay inside their matrices for these sizes and distances, and `c` must not overlap the others.
pub(super) unsafe fn multiply(
    [m, k, n]: [usize; 3],
    a: (*const f32, [usize; 2]),
    b: (*const f32, [usize; 2]),
    c: (*mut f32, [usize; 2]),
    add: bool,
) {
    let ((a, [a_row, a_col]), (b, [b_row, b_col]), (c, [c_row, c_col])) = (a, b, c);
    let d = |distance: usize| distance as isize;
    let terms = k.div_ceil(k.div_ceil(TERMS).max(1)).max(1);
    for first in (0..k.max(1)).step_by(terms) {
        // SAFETY: the caller's promise; `first` is inside unless `k` is 0, and then nothing is read. `gemm` computes
        // alpha * c + beta * a b, and leaves c unread without `add`.
        unsafe {
            gemm::gemm(
                m,
                n,
                terms.min(k - first),
                c,
                d(c_col),
                d(c_row),
                add || first > 0,
                a.add(first * a_col),
                d(a_col),
                d(a_row),
                b.add(first * b_row),
                d(b_col),
                d(b_row),
                1.0,
                1.0,
                false,
                false,
                false,
                gemm::Parallelism::None,
            );
        }
    }
}
