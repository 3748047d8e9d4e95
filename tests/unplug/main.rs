//! A USB keyboard is unplugged while the library waits. Each wait ends with an event or with an
//! error that gives the reason, or continues.

// Test kernels exist only for this processor.
#![cfg(target_arch = "x86_64")]

mod input;
mod output;

use std::fs;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use alsa_seq::Address;
use test_kernel::usb::{self, Keyboard, Plugged};

use support::{PATIENCE, in_test_kernel, say_skipped};

/// A keyboard that is plugged in. It makes other tests of this program wait.
struct Keys {
    plugged: Plugged,
    _alone: MutexGuard<'static, ()>,
}

impl Keys {
    /// Returns `None` on a machine's own kernel, which has no sockets for a keyboard.
    fn plug() -> Option<Self> {
        static LOCK: Mutex<()> = Mutex::new(());
        if !in_test_kernel() {
            say_skipped("this is not a test kernel, and nothing can be unplugged");
            return None;
        }
        let alone = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
        for made in usb::list().unwrap() {
            usb::remove(&made.name).unwrap();
        }
        Some(Self {
            plugged: Keyboard::new("keys").plug().unwrap(),
            _alone: alone,
        })
    }

    fn port(&self) -> Address {
        Address::new(u8::try_from(self.plugged.client).unwrap(), 0)
    }

    fn unplug(&self) {
        usb::unplug("keys").unwrap();
    }

    /// Calls `wait` in a new thread, unplugs the keyboard, and returns the result of `wait`.
    fn unplug_during<T: Send + 'static>(&self, wait: impl FnOnce() -> T + Send + 'static) -> T {
        let (sender, receiver) = channel();
        let (tell, told) = channel();
        thread::spawn(move || {
            tell.send(fs::read_link("/proc/thread-self").unwrap())
                .unwrap();
            // If the wait took too long, the receiver no longer exists.
            let _ = sender.send(wait());
        });
        let stat = std::path::Path::new("/proc")
            .join(told.recv().unwrap())
            .join("stat");
        // The thread sleeps when it waits.
        while let Ok(stat) = fs::read_to_string(&stat) {
            if stat
                .rsplit(')')
                .next()
                .unwrap()
                .trim_start()
                .starts_with('S')
            {
                break;
            }
            thread::yield_now();
        }
        self.unplug();
        match receiver.recv_timeout(PATIENCE) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) => panic!("it hangs"),
            Err(RecvTimeoutError::Disconnected) => panic!("it has panicked"),
        }
    }
}
