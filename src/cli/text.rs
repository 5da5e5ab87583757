//! Numbers as people read them.

pub use crate::engine::thousands;

/// Seconds as `45 s`, `12 min` or `3 h 05 min`.
pub fn duration(seconds: f64) -> String {
    // Also catches NaN; no training lasts ten years.
    if !(0.0..3e8).contains(&seconds) {
        return "unknown".to_owned();
    }
    let (minutes, hours) = ((seconds / 60.0).round() as u64, seconds / 3600.0);
    match seconds {
        s if s < 100.0 => format!("{s:.0} s"),
        _ if hours < 1.5 => format!("{minutes} min"),
        _ => format!("{} h {:02} min", minutes / 60, minutes % 60),
    }
}

/// Three significant digits: `0.123`, `4.56`, `78.9`, `1,234`.
pub fn rate(x: f64) -> String {
    match x {
        x if x < 1.0 => format!("{x:.3}"),
        x if x < 10.0 => format!("{x:.2}"),
        x if x < 100.0 => format!("{x:.1}"),
        x => thousands(x.round() as u64),
    }
}

/// `1 picture`, `2 pictures`.
pub fn plural(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", thousands(n as u64), if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(duration(45.4), "45 s");
        assert_eq!(duration(600.0), "10 min");
        assert_eq!(duration(3.0 * 3600.0 + 299.0), "3 h 05 min");
        assert_eq!(duration(f64::NAN), "unknown");
        assert_eq!([rate(0.1234), rate(4.561), rate(78.94), rate(1234.4)], ["0.123", "4.56", "78.9", "1,234"]);
        assert_eq!(plural(1, "picture", "pictures"), "1 picture");
    }
}
