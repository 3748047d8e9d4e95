//! Runs each command on the pages of `docs/guide` in the test kernel. The output must match the
//! page. `docs/testing.md` describes the format of the pages.

// Helpers outside of `#[test]` functions are tests as well.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod page;
mod scene;
mod shown;
mod terminal;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use page::Part;
use scene::Scene;
use support::{in_test_kernel, need_sequencer, say_skipped};
use terminal::{Terminal, Way};
use test_kernel::usb;

const PAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guide");

/// The README, relative to that directory.
const FRONT_PAGE: &str = "../../README.md";

/// Blocks of the README that other tests run: its doctests, `examples/tests`,
/// `python/tests/test_usage.py`, and `cargo xtask front-page`.
const LANGUAGES: &[&str] = &["rust,no_run", "python", "sh", "toml"];

/// Runs the commands of a page. Only one page runs at a time, because they share one keyboard.
fn follow(name: &'static str) {
    static TURN: Mutex<()> = Mutex::new(());
    if !in_test_kernel() {
        say_skipped("this is not a test kernel");
        return;
    }
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    need_sequencer!();
    for made in usb::list().unwrap() {
        usb::remove(&made.name).unwrap();
    }
    // On a separate thread, because it changes the thread's view of files.
    let followed = std::thread::spawn(move || follow_alone(name)).join();
    if let Err(panic) = followed {
        std::panic::resume_unwind(panic);
    }
}

fn follow_alone(name: &str) {
    let text = fs::read_to_string(Path::new(PAGES).join(name)).unwrap();
    let mut scene = Scene::default();
    let mut terminal = Terminal::new();
    let mut way = Way::default();
    let mut later: Vec<(String, String)> = Vec::new();
    let mut file = None;
    let languages = if name == FRONT_PAGE { LANGUAGES } else { &[] };
    for part in page::parts(&text, languages) {
        match part {
            Part::Action(action) => {
                // Actions during the next command, after it has printed a line.
                if let Some((said, action)) = at(&action) {
                    later.push((said.to_owned(), action.to_owned()));
                    continue;
                }
                match action.split(' ').collect::<Vec<_>>()[..] {
                    ["status", status] => way.status = status.parse().unwrap(),
                    ["until"] => way.until = true,
                    ["file", path] => file = Some(path.to_owned()),
                    ["stop"] => terminal.stop(),
                    _ => assert!(
                        scene.does(&action),
                        "{name}: nobody knows how to {action:?}"
                    ),
                }
            }
            Part::File(text) => {
                let path = file.take().unwrap();
                terminal.write(&path, &text);
            }
            Part::Console(calls) => {
                for call in calls {
                    terminal.run(&call, &way, |line| {
                        if later
                            .first()
                            .is_some_and(|(said, _)| line.contains(said.as_str()))
                        {
                            let (_, action) = later.remove(0);
                            assert!(scene.does(&action), "{name}: {action:?}");
                        }
                    });
                }
                assert_eq!(later, [], "{name}: this was never said");
                way = Way::default();
            }
        }
    }
    terminal.stop();
}

/// `at "TEXT": ACTION`, or `meanwhile: ACTION`.
fn at(action: &str) -> Option<(&str, &str)> {
    if let Some(action) = action.strip_prefix("meanwhile: ") {
        return Some(("", action));
    }
    action.strip_prefix("at \"")?.split_once("\": ")
}

macro_rules! pages {
    ($($name:ident: $file:literal,)*) => {
        const ALL: &[&str] = &[$($file),*];

        $(
            #[test]
            fn $name() {
                follow($file);
            }
        )*
    };
}

pages! {
    index: "README.md",
    build_into_an_image: "build-into-an-image.md",
    connect_at_boot: "connect-at-boot.md",
    record_a_session: "record-a-session.md",
    see_events: "see-events.md",
    why_silent: "why-silent.md",
    without_hardware: "without-hardware.md",
}

#[test]
fn front_page() {
    follow(FRONT_PAGE);
}

#[test]
fn every_page_is_followed_and_in_the_index() {
    let found: BTreeSet<String> = fs::read_dir(PAGES)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".md"))
        .collect();
    let all: BTreeSet<String> = ALL.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(found, all);
    let index = fs::read_to_string(Path::new(PAGES).join("README.md")).unwrap();
    for name in all.iter().filter(|name| *name != "README.md") {
        assert!(index.contains(&format!("]({name})")), "{name}");
    }
}
