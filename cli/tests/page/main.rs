//! Tests of `aseq graph --serve` in a browser. `cargo xtask page` gets the browser, and runs these
//! tests as root of a separate test kernel.

// Helpers outside of `#[test]` functions are tests as well.
#![cfg(all(feature = "serve", feature = "json"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod browser;
mod studio;

use browser::Browser;
use studio::{Served, Studio};

/// Works as a person does: sees a program appear, connects by dragging, clicking and keys, reads
/// the kernel's refusals, disconnects, and sees a program disappear.
#[test]
#[ignore = "cargo xtask page gets the browser"]
fn a_person_connects_and_disconnects() {
    let mut studio = Studio::open();
    let served = Served::start(&["--allow-edit"]);
    let mut browser = Browser::start();
    browser.open(&served.address);
    for name in ["Keystation 61", "Sequencer", "FLUID Synth", "Midi Through"] {
        browser.until(&format!("has({name:?})"));
    }
    browser.until("document.querySelector('#state.live') !== null");
    assert_eq!(browser.number("lines().length"), 0);

    // A program appears.
    assert_eq!(browser.number("has('Drum Machine') ? 1 : 0"), 0);
    studio.open_drums();
    browser.until("has('Drum Machine')");

    // Connects by dragging.
    let (keys, sequencer) = (studio.keys(), studio.sequencer_in());
    let from = browser.centre(&grip(&keys, "out"));
    let to = browser.centre(&grip(&sequencer, "in"));
    browser.drag(from, to);
    browser.until(&is_connected(&keys, &sequencer));
    assert!(studio.is_connected(&keys, &sequencer));
    // Connects by clicking, from the receiver to the sender.
    let (out, synth) = (studio.sequencer_out(), studio.synth());
    browser.click(&grip(&synth, "in"));
    browser.click(&grip(&out, "out"));
    browser.until(&is_connected(&out, &synth));
    assert!(studio.is_connected(&out, &synth));
    // Connects by keys.
    let drums = studio.drums();
    let second = studio.sequencer_second();
    browser.press(&grip(&second, "out"), "Enter");
    browser.press(&grip(&drums, "in"), "Enter");
    browser.until(&is_connected(&second, &drums));
    // Drags to an empty place.
    browser.drag(from, (5.0, 200.0));
    assert_eq!(browser.number("lines().length"), 3);
    browser.photograph("page-light", "light");
    browser.photograph("page-dark", "dark");
    studio::draw("graph.svg");

    // The page shows the refusals.
    let from = browser.centre(&grip(&keys, "out"));
    let to = browser.centre(&grip(&sequencer, "in"));
    browser.drag(from, to);
    browser.until("message().includes('is already connected to') && isBad()");
    studio.take_exclusively();
    browser.until("document.querySelector('.exclusive') !== null");
    browser.click(&grip(&out, "out"));
    browser.click(&grip(&studio.taken(), "in"));
    browser.until("message().includes('EBUSY') && isBad()");
    browser.photograph("refused", "dark");

    // Disconnects by a click on the line, and by a key.
    let middle = browser.middle(&line(&keys, &sequencer));
    browser.press_at(middle);
    browser.until("!document.querySelector('#disconnect').hidden && !isBad()");
    browser.click("#disconnect");
    browser.until(&format!("!({})", is_connected(&keys, &sequencer)));
    assert!(!studio.is_connected(&keys, &sequencer));
    browser.press(&format!(".reach[data-key='{out}>{synth}']"), "Delete");
    browser.until(&format!("!({})", is_connected(&out, &synth)));

    // Clients disappear.
    studio.close_drums();
    browser.until("!has('Drum Machine')");
    studio.unplug();
    browser.until("!has('Keystation 61')");
    browser.is_content();

    // The page shows that aseq has ended, and continues when aseq is started again.
    let host = served.end();
    browser.until("document.querySelector('#state.live') === null");
    // The page tries again also after the answer that too many pages are open.
    studio::refuse_once(&host);
    let again = Served::start(&["--allow-edit", &host]);
    browser.until("document.querySelector('#state.live') !== null");
    again.end();
}

/// Requests without the token, and requests of other pages, are refused.
#[test]
#[ignore = "cargo xtask page gets the browser"]
fn other_pages_change_nothing() {
    let studio = Studio::open();
    let (out, synth) = (studio.sequencer_out(), studio.synth());
    let served = Served::start(&["--allow-edit"]);
    let (bare, token) = served.address.split_once('#').unwrap();
    let token = token.strip_prefix("token=").unwrap();
    let mut browser = Browser::start();

    // Without a token, the page has nothing to click on.
    browser.open(bare);
    browser.until("has('FLUID Synth')");
    assert_eq!(
        browser.number("document.querySelectorAll('.grip, .reach').length"),
        0
    );
    let ask = |from: &str, token: &str| {
        format!(
            "fetch('{from}connect?from={out}&to={synth}', {{ method: 'POST', headers: {token} }})\
             .then((answer) => answer.status, () => 0)"
        )
    };
    assert_eq!(browser.number(&ask("/", "{}")), 403);
    let wrong = "{ 'X-Aseq-Token': '0123456789abcdef0123456789abcdef' }";
    assert_eq!(browser.number(&ask("/", wrong)), 403);
    assert!(!studio.is_connected(&out, &synth));

    // With a wrong token, the page shows the reason.
    browser.open(&format!("{bare}#token=0"));
    browser.until("has('FLUID Synth')");
    browser.click(&grip(&out, "out"));
    browser.click(&grip(&synth, "in"));
    browser.until("message().includes('token') && isBad()");
    assert!(!studio.is_connected(&out, &synth));

    // Another page in the same browser, with the right token.
    let right = format!("{{ 'X-Aseq-Token': '{token}' }}");
    browser.open("data:text/html,another page");
    assert_eq!(browser.number(&ask(bare, &right)), 0);
    let simple = format!(
        "fetch('{bare}connect?from={out}&to={synth}', {{ method: 'POST', mode: 'no-cors' }})\
         .then((answer) => answer.status, () => 0)"
    );
    assert_eq!(browser.number(&simple), 0);
    // Another name that leads to this machine.
    browser.open(&bare.replace("127.0.0.1", "rebound.example"));
    browser.until("document.body.textContent.includes('another host')");
    assert_eq!(browser.number(&ask("/", &right)), 403);
    assert!(!studio.is_connected(&out, &synth));
    // The same request from the page itself is granted.
    browser.open(bare);
    browser.until("has('FLUID Synth')");
    assert_eq!(browser.number(&ask("/", &right)), 200);
    assert!(studio.is_connected(&out, &synth));
    served.end();
}

/// The selector of the place at which a port is grabbed.
fn grip(port: &str, way: &str) -> String {
    format!(".grip[data-grip='{port}'][data-to='{way}']")
}

fn line(sender: &str, receiver: &str) -> String {
    format!("[data-sender='{sender}'][data-receiver='{receiver}']")
}

fn is_connected(sender: &str, receiver: &str) -> String {
    format!(
        "document.querySelector(\"{}\") !== null",
        line(sender, receiver)
    )
}
