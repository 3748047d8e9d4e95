//! Names with wildcards.

/// A name in which `*` matches any characters and `?` matches one character. `\` removes the
/// special meaning of the next character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    text: String,
    tokens: Vec<Token>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Any,
    One,
    Exactly(char),
}

impl Pattern {
    pub(crate) fn new(text: &str) -> Self {
        let mut tokens = Vec::new();
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            tokens.push(match character {
                '*' => Token::Any,
                '?' => Token::One,
                // At the end, it has no special meaning.
                '\\' => Token::Exactly(characters.next().unwrap_or('\\')),
                other => Token::Exactly(other),
            });
        }
        let text = text.to_owned();
        Self { text, tokens }
    }

    /// Returns the pattern that matches only this name.
    pub(crate) fn exactly(name: &str) -> Self {
        let mut text = String::new();
        for character in name.chars() {
            if matches!(character, '*' | '?' | '\\') {
                text.push('\\');
            }
            text.push(character);
        }
        Self::new(&text)
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns whether the pattern contains no wildcard.
    pub(crate) fn is_plain(&self) -> bool {
        let is_plain = |token| matches!(token, &Token::Exactly(_));
        self.tokens.iter().all(is_plain)
    }

    /// For each token, the number of steps is at most the number of characters in the name.
    pub(crate) fn fits(&self, name: &str) -> bool {
        let mut tokens = self.tokens.as_slice();
        let mut name = name.chars();
        // The position after the last `*`, and the position in the name that was tried with it.
        let mut again: Option<(&[Token], std::str::Chars<'_>)> = None;
        loop {
            match tokens.split_first() {
                Some((Token::Any, rest)) => {
                    tokens = rest;
                    again = Some((rest, name.clone()));
                    continue;
                }
                Some((token, rest)) => {
                    let next = name.next();
                    let fits = match token {
                        Token::Exactly(wanted) => next == Some(*wanted),
                        _ => next.is_some(),
                    };
                    if fits {
                        tokens = rest;
                        continue;
                    }
                    if next.is_none() {
                        return false;
                    }
                }
                None if name.as_str().is_empty() => return true,
                None => {}
            }
            // The last `*` matches one more character.
            let Some((rest, from)) = &mut again else {
                return false;
            };
            if from.next().is_none() {
                return false;
            }
            (tokens, name) = (*rest, from.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wildcards_stand_for_characters() {
        for (pattern, fits, does_not) in [
            (
                "synth",
                &["synth"][..],
                &["", "Synth", "synth ", "asynth"][..],
            ),
            ("*", &["", "a", "a*b", "é"], &[]),
            ("?", &["a", "é"], &["", "ab"]),
            ("*synth*", &["synth", "a synth 2"], &["synt"]),
            ("a*b*c", &["abc", "aXbXbc", "abcbc"], &["ab", "acb", "abcX"]),
            ("a\\*", &["a*"], &["a", "ab", "a\\*"]),
            ("a\\", &["a\\"], &["a"]),
            ("**a", &["a", "ba"], &["b"]),
            ("", &[""], &["a"]),
        ] {
            let pattern = Pattern::new(pattern);
            for name in fits {
                assert!(pattern.fits(name), "{pattern:?} {name:?}");
            }
            for name in does_not {
                assert!(!pattern.fits(name), "{pattern:?} {name:?}");
            }
        }
    }

    /// Matches in the same way, without regard to time.
    fn model(tokens: &[Token], name: &[char]) -> bool {
        match (tokens.split_first(), name.split_first()) {
            (None, _) => name.is_empty(),
            (Some((Token::Any, rest)), None) => model(rest, name),
            (Some((Token::Any, rest)), Some((_, more))) => model(rest, name) || model(tokens, more),
            (Some(_), None) => false,
            (Some((Token::One, rest)), Some((_, more))) => model(rest, more),
            (Some((Token::Exactly(wanted), rest)), Some((found, more))) => {
                wanted == found && model(rest, more)
            }
        }
    }

    proptest! {
        #[test]
        fn a_pattern_matches_the_same_as_the_model(pattern in "[ab*?\\\\]{0,8}", name in "[ab*?\\\\]{0,10}") {
            let pattern = Pattern::new(&pattern);
            let characters: Vec<char> = name.chars().collect();
            prop_assert_eq!(pattern.fits(&name), model(&pattern.tokens, &characters));
        }

        #[test]
        fn a_name_matches_only_itself(name in "[ab*?\\\\]{0,6}", other in "[ab*?\\\\]{0,6}") {
            let pattern = Pattern::exactly(&name);
            prop_assert!(pattern.is_plain());
            prop_assert_eq!(pattern.fits(&other), name == other);
            prop_assert!(pattern.fits(&name));
        }
    }

    /// Uses a pattern for which a simple matcher would need extremely long.
    #[test]
    fn matching_is_never_slow() {
        let pattern = Pattern::new(&"*a".repeat(200));
        assert!(!pattern.fits(&"a".repeat(4000).replace("aaaa", "aaab")));
    }
}
