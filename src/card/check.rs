//! Invariants of reading `/proc/asound/cards`, for any names of devices; for property
//! tests and the fuzzer.

#![allow(clippy::unwrap_used)]

use super::text::{CardLines, hexadecimal, line};

/// The kernel's maximum number of cards.
const CARDS: u32 = 32;

/// The case has a card on each line: its id, name and long name, separated by tabs. In a
/// name, `\r` means a newline. This reads the kernel's form of these cards, and then the
/// case itself as if it were the file.
#[allow(unreachable_pub, reason = "the fuzzer has it from `crate::fuzzing`")]
pub fn check(case: &[u8]) {
    let cards: Vec<Card> = String::from_utf8_lossy(case)
        .split('\n')
        .zip(0..CARDS)
        .map(|(line, number)| Card::new(number, line))
        .collect();
    let file: String = cards.iter().map(Card::lines).collect();
    for card in &cards {
        check_card(&file, card);
        check_bounds(case, card);
    }
    check_number(&line(case));
}

/// Checks that the found lines are the card's own, or that no lines are found.
fn check_card(file: &str, card: &Card) {
    let found = CardLines::find(file.as_bytes(), card.number, &card.id);
    let start = format!("{:>2} [", card.number);
    let alone = file.split('\n').filter(|line| line.starts_with(&start));
    assert_eq!(found.is_some(), alone.count() == 1, "{card:?} of {file:?}");
    let Some(found) = found else {
        return;
    };
    assert_eq!(found.driver, "USB-Audio");
    let first = |text: &str| text.split('\n').next().unwrap().to_owned();
    assert_eq!(found.name, first(&card.name));
    if !card.name.contains('\n') {
        assert_eq!(found.long_name, first(&card.long_name).trim());
    }
}

/// Checks that no text is longer than the file.
fn check_bounds(file: &[u8], card: &Card) {
    if let Some(found) = CardLines::find(file, card.number, &card.id) {
        let length = found.driver.len() + found.name.len() + found.long_name.len();
        // A byte that is not UTF-8 becomes three bytes.
        assert!(length <= 3 * file.len());
    }
}

/// Checks that a number has one to four digits.
fn check_number(text: &str) {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    let expected = digits
        .filter(|digits| (1..=4).contains(&digits.len()))
        .map(|digits| digits.iter().fold(0, |value, digit| 16 * value + digit));
    assert_eq!(hexadecimal(text).map(u32::from), expected, "{text:?}");
}

/// A card, in the kernel's form.
#[derive(Debug)]
struct Card {
    number: u32,
    id: String,
    name: String,
    long_name: String,
}

impl Card {
    fn new(number: u32, line: &str) -> Self {
        let mut parts = line.split('\t');
        let mut part = || parts.next().unwrap_or_default().replace('\r', "\n");
        // The kernel makes the id of letters, digits and underscores.
        let id = part();
        let id = id.chars().filter(char::is_ascii_alphanumeric).take(15);
        Self {
            number,
            id: id.collect(),
            name: part(),
            long_name: part(),
        }
    }

    fn lines(&self) -> String {
        format!(
            "{:>2} [{:<15}]: USB-Audio - {}\n{:22}{}\n",
            self.number, self.id, self.name, "", self.long_name
        )
    }
}
