//! Which ports the user means. What an address may look like is for
//! [`ClientControl::parse_address`] to say; this is about several of them.

use alsa_seq::{Address, ClientControl, Result};

/// The ports that the arguments mean, each of which may be several addresses
/// with commas between them.
pub(crate) fn parse_all(control: &ClientControl, arguments: &[String]) -> Result<Vec<Address>> {
    arguments
        .iter()
        .flat_map(|argument| split(argument))
        .map(|address| control.parse_address(address))
        .collect()
}

/// At the commas that are in no quotes, for a name may hold commas. A quote
/// begins only where a name does: `Tom's,14:0` are two addresses.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut quote = None;
    let mut previous = ',';
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if matches!(previous, ',' | ':') => quote = Some(c),
            (None, ',') => {
                parts.extend(text.get(start..at));
                start = at + 1;
            }
            (None, _) => {}
        }
        previous = c;
    }
    parts.extend(text.get(start..));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_separate_outside_of_quotes() {
        for (text, parts) in [
            ("14:0", vec!["14:0"]),
            ("14:0,128,synth:in", vec!["14:0", "128", "synth:in"]),
            (r#""a,b":'c,d',14"#, vec![r#""a,b":'c,d'"#, "14"]),
            ("Tom's,Ann's", vec!["Tom's", "Ann's"]),
            (r#""Tom's",14"#, vec![r#""Tom's""#, "14"]),
            ("é,ü", vec!["é", "ü"]),
            // Wrong, and for others to refuse.
            ("", vec![""]),
            ("14,,15,", vec!["14", "", "15", ""]),
            (r#""a,14"#, vec![r#""a,14"#]),
        ] {
            assert_eq!(split(text), parts);
        }
    }
}
