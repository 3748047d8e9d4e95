//! A browser, and the actions of a person: Chromium's DevTools protocol by a pipe.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The time limit for an answer of the browser. The test kernel is slower than a machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The program, in the root directory that `ALSA_SEQ_BROWSER` names.
const PROGRAM: &str = "/usr/lib/chromium/chromium-headless-shell";

/// Functions for the page. `until` waits for a condition, and checks it after each change of the
/// page.
const HELPERS: &str = "
globalThis.has = (name) => [...document.querySelectorAll('svg text')].some((text) => text.textContent === name);
globalThis.lines = () => [...document.querySelectorAll('.line')];
globalThis.message = () => document.querySelector('#message').textContent;
globalThis.isBad = () => document.querySelector('#message').classList.contains('bad');
globalThis.until = (test) => new Promise((done) => {
  const observer = new MutationObserver(() => look());
  const look = () => { if (test()) { observer.disconnect(); done(true); } };
  document.addEventListener('readystatechange', look);
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  look();
});
";

pub(crate) struct Browser {
    child: Child,
    input: ChildStdin,
    output: Receiver<Value>,
    session: Option<String>,
    asked: u64,
    /// Errors of scripts, and violations of the security policy.
    complaints: Vec<String>,
}

impl Browser {
    pub(crate) fn start() -> Self {
        let root = std::env::var("ALSA_SEQ_BROWSER").unwrap();
        // Chromium expects the pipe at descriptors 3 and 4.
        let start = "exec \"$@\" 3<&0 4>&1 </dev/null >/tmp/browser.log 2>&1";
        let mut child = Command::new("/usr/sbin/chroot")
            .arg(root)
            .args([
                "/usr/bin/env",
                "-i",
                "HOME=/tmp",
                "PATH=/usr/bin",
                "LC_ALL=C.UTF-8",
            ])
            .args([
                "FONTCONFIG_FILE=/tmp/fonts.conf",
                "/bin/sh",
                "-c",
                start,
                "sh",
                PROGRAM,
            ])
            .args([
                "--headless",
                "--remote-debugging-pipe",
                // It runs as root in a separate machine.
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--no-proxy-server",
                "--hide-scrollbars",
                "--force-color-profile=srgb",
                "--font-render-hinting=none",
                "--user-data-dir=/tmp/profile",
                "--host-resolver-rules=MAP rebound.example 127.0.0.1",
                "about:blank",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = messages(child.stdout.take().unwrap());
        let mut browser = Self {
            child,
            input,
            output,
            session: None,
            asked: 0,
            complaints: Vec::new(),
        };
        let page = browser.call("Target.createTarget", &json!({"url": "about:blank"}));
        let attach = json!({"targetId": page["targetId"], "flatten": true});
        let session = browser.call("Target.attachToTarget", &attach);
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        let script = json!({"source": HELPERS});
        browser.call("Page.addScriptToEvaluateOnNewDocument", &script);
        let size = json!({"width": 960, "height": 540, "deviceScaleFactor": 1, "mobile": false});
        browser.call("Emulation.setDeviceMetricsOverride", &size);
        browser.colours("light");
        browser
    }

    /// Opens an address, and waits until the page is loaded.
    pub(crate) fn open(&mut self, address: &str) {
        // An address with only another fragment would not load the page again.
        self.call("Page.navigate", &json!({"url": "about:blank"}));
        self.call("Page.navigate", &json!({"url": address}));
        let start = json!(address.split(['#', ',']).next());
        self.until(&format!(
            "location.href.startsWith({start}) && document.readyState === 'complete'"
        ));
    }

    /// Waits for a condition.
    pub(crate) fn until(&mut self, test: &str) {
        loop {
            // The navigation to another page ends the promise.
            match self.evaluated(&format!("until(() => {test})")) {
                Ok(value) => return assert_eq!(value, true, "{test}"),
                Err(why) if why.contains("context was destroyed") || why.contains("navigated") => {}
                Err(why) => panic!("{test}: {why}; {:?}", self.complaints),
            }
        }
    }

    /// Evaluates an expression of JavaScript that is a number.
    pub(crate) fn number(&mut self, expression: &str) -> u64 {
        self.evaluate(expression).as_u64().unwrap()
    }

    fn evaluate(&mut self, expression: &str) -> Value {
        let found = self.evaluated(expression);
        found.unwrap_or_else(|why| panic!("{expression}: {why}"))
    }

    fn evaluated(&mut self, expression: &str) -> Result<Value, String> {
        let call = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let answer = self.called("Runtime.evaluate", &call)?;
        match answer.get("exceptionDetails") {
            None => Ok(answer["result"]["value"].clone()),
            Some(details) => Err(details.to_string()),
        }
    }

    /// Returns the centre of the element of a selector.
    pub(crate) fn centre(&mut self, selector: &str) -> (f64, f64) {
        self.point(&format!(
            "(() => {{ const box = document.querySelector({selector:?}).getBoundingClientRect();
               return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        ))
    }

    /// Returns the middle of the line of a selector.
    pub(crate) fn middle(&mut self, selector: &str) -> (f64, f64) {
        self.point(&format!(
            "(() => {{ const line = document.querySelector({selector:?});
               const middle = line.getPointAtLength(line.getTotalLength() / 2);
               const {{ x, y }} = middle.matrixTransform(line.getScreenCTM()); return [x, y]; }})()"
        ))
    }

    fn point(&mut self, expression: &str) -> (f64, f64) {
        let point = self.evaluate(expression);
        (point[0].as_f64().unwrap(), point[1].as_f64().unwrap())
    }

    pub(crate) fn click(&mut self, selector: &str) {
        let at = self.centre(selector);
        self.press_at(at);
    }

    pub(crate) fn press_at(&mut self, at: (f64, f64)) {
        self.drag(at, at);
    }

    pub(crate) fn drag(&mut self, from: (f64, f64), to: (f64, f64)) {
        let half = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
        for (kind, at, buttons) in [
            ("mouseMoved", from, 0),
            ("mousePressed", from, 1),
            ("mouseMoved", half, 1),
            ("mouseMoved", to, 1),
            ("mouseReleased", to, 0),
        ] {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            let event = json!({
                "type": kind, "x": at.0, "y": at.1, "button": button, "buttons": buttons, "clickCount": 1,
            });
            self.call("Input.dispatchMouseEvent", &event);
        }
    }

    /// Presses a key while the element of a selector has the focus.
    pub(crate) fn press(&mut self, selector: &str, key: &str) {
        self.evaluate(&format!("document.querySelector({selector:?}).focus()"));
        let text = if key == "Enter" { "\r" } else { "" };
        let down = json!({"type": "keyDown", "key": key, "code": key, "text": text});
        self.call("Input.dispatchKeyEvent", &down);
        let up = json!({"type": "keyUp", "key": key, "code": key});
        self.call("Input.dispatchKeyEvent", &up);
    }

    fn colours(&mut self, scheme: &str) {
        let feature = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.call("Emulation.setEmulatedMedia", &json!({"features": feature}));
    }

    /// Writes a picture of the page with light or dark colours, if `ALSA_SEQ_PICTURES` is set.
    pub(crate) fn photograph(&mut self, name: &str, scheme: &str) {
        let Some(directory) = std::env::var_os("ALSA_SEQ_PICTURES").map(PathBuf::from) else {
            return;
        };
        self.colours(scheme);
        let frame =
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))";
        self.evaluate(frame);
        let picture = self.call("Page.captureScreenshot", &json!({"format": "png"}));
        let bytes = STANDARD.decode(picture["data"].as_str().unwrap()).unwrap();
        std::fs::write(directory.join(format!("{name}.png")), bytes).unwrap();
        self.colours("light");
    }

    /// Checks that no script has failed, and that the page has not violated its policy.
    pub(crate) fn is_content(&mut self) {
        self.evaluate("1");
        assert!(self.complaints.is_empty(), "{:#?}", self.complaints);
    }

    fn call(&mut self, method: &str, arguments: &Value) -> Value {
        let called = self.called(method, arguments);
        called.unwrap_or_else(|why| panic!("{method}: {why}"))
    }

    fn called(&mut self, method: &str, arguments: &Value) -> Result<Value, String> {
        self.asked += 1;
        let mut message = json!({"id": self.asked, "method": method, "params": arguments});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let text = format!("{message}\0");
        self.input.write_all(text.as_bytes()).unwrap();
        loop {
            let answer = self.output.recv_timeout(PATIENCE);
            let mut answer = answer.map_err(|error| format!("{error}: {}", log()))?;
            if answer["id"] == self.asked {
                return match answer.get("error") {
                    None => Ok(answer["result"].take()),
                    Some(error) => Err(error.to_string()),
                };
            }
            let entry = &answer["params"]["entry"];
            // The tests provoke network errors.
            let is_complaint = match answer["method"].as_str() {
                Some("Runtime.exceptionThrown") => true,
                Some("Log.entryAdded") => entry["level"] == "error" && entry["source"] != "network",
                _ => false,
            };
            if is_complaint {
                self.complaints.push(answer["params"].to_string());
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the browser's log.
fn log() -> String {
    let root = std::env::var("ALSA_SEQ_BROWSER").unwrap();
    std::fs::read_to_string(format!("{root}/tmp/browser.log")).unwrap_or_default()
}

/// Reads the messages of the browser. Each ends with a zero byte.
fn messages(pipe: impl std::io::Read + Send + 'static) -> Receiver<Value> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for message in BufReader::new(pipe).split(0).map_while(Result::ok) {
            let message = serde_json::from_slice(&message).unwrap();
            if sender.send(message).is_err() {
                break;
            }
        }
    });
    receiver
}
