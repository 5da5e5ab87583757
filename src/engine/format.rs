//! Numbers as people read them.

/// Writes `1234567` as `1,234,567`.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 12, 999, 1_000].map(thousands), ["0", "12", "999", "1,000"]);
        assert_eq!([123_456, 1_234_567].map(thousands), ["123,456", "1,234,567"]);
    }
}
