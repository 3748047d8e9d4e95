//! Numbers with decimals, as users write them.

/// Reads `120`, `1.5` or `.5`: neither signs nor exponents.
///
/// The standard library's parser is exact for all numbers, and adds 25 kB to the program.
/// For up to 15 digits, the results are the same.
pub(crate) fn parse(text: &str) -> Option<f64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let (mut number, mut divisor) = (0_u64, 1.0);
    for byte in whole.bytes() {
        number = append(number, byte)?;
    }
    for byte in decimals.bytes() {
        let more = append(number, byte);
        // The other digits are too small to have an effect, but must be digits.
        if number < ENOUGH {
            (number, divisor) = (more?, divisor * 10.0);
        } else if !byte.is_ascii_digit() {
            return None;
        }
    }
    let is_empty = whole.is_empty() && decimals.is_empty();
    (!is_empty).then_some(number as f64 / divisor)
}

/// A number with this many digits is more exact than an `f64`.
const ENOUGH: u64 = 10_u64.pow(17);

fn append(number: u64, digit: u8) -> Option<u64> {
    let digit = char::from(digit).to_digit(10)?;
    number.checked_mul(10)?.checked_add(digit.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_standard_library() {
        for text in [
            "0",
            "00",
            "7",
            "120",
            "1.5",
            ".5",
            "5.",
            "0.001",
            "1000000",
            "119.99",
            "0.1",
            "1.1",
            "3.14159265358979",
            "99999999999.9999",
            "0.000000000000001",
            "123456789012345",
        ] {
            assert_eq!(parse(text), text.parse().ok(), "{text}");
        }
        let third = format!("0.{}", "3".repeat(40));
        assert!((parse(&third).unwrap() - 1.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn other_texts_are_none() {
        for text in [
            "", ".", "-1", "+1", "1e3", "inf", "nan", "1.2.3", "1,5", " 1", "x", "1.x",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"9".repeat(40)), None);
        assert_eq!(parse(&format!("0.{}x", "3".repeat(40))), None);
    }
}
