//! What the service does when it is sent a signal.

use std::io::{self, IsTerminal};

use futures_util::FutureExt;
use futures_util::future::select_all;
use libc::c_int;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Signals that end the service: `kill`, Ctrl-C, Ctrl-\ and, on Linux, a supervisor or a container
/// manager whose power fails.
const ENDING: &[c_int] = &[
    libc::SIGTERM,
    libc::SIGINT,
    libc::SIGQUIT,
    #[cfg(target_os = "linux")]
    libc::SIGPWR,
];

/// Signals that mean nothing here, and whose default action is to end the process at once. Without
/// it a file that may not grow any more is an error of the write (`SIGXFSZ`).
///
/// Left alone are those that report a fault of the program, with a core dump for its diagnosis.
const IGNORED: &[c_int] = &[
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGALRM,
    libc::SIGVTALRM,
    libc::SIGPROF,
    libc::SIGIO,
    libc::SIGXCPU,
    libc::SIGXFSZ,
    #[cfg(target_os = "linux")]
    libc::SIGSTKFLT,
];

/// A signal that the service acts on.
pub(super) enum Event {
    /// To read again what can be read again: `SIGHUP`.
    Reload,
    /// To end: the signal that says so.
    End(SignalKind),
}

/// The signals that the process is sent.
pub(super) struct Signals {
    hangup: Signal,
    ending: Vec<(SignalKind, Signal)>,
    /// Whether the service was started from a terminal.
    has_terminal: bool,
}

impl Signals {
    /// Catches them from now on, for as long as the process runs.
    pub(super) fn catch() -> io::Result<Self> {
        let hangup = signal(SignalKind::hangup())?;
        let catch = |number: &c_int| {
            let kind = SignalKind::from_raw(*number);
            Ok((kind, signal(kind)?))
        };
        let ending = ENDING.iter().map(catch).collect::<io::Result<_>>()?;
        // A handler stays when it is dropped. A signal that a debugger or a sandbox reserves keeps its
        // default action.
        let ignore = |number| drop(signal(SignalKind::from_raw(number)));
        IGNORED.iter().copied().for_each(ignore);
        #[cfg(target_os = "linux")]
        (libc::SIGRTMIN()..=libc::SIGRTMAX()).for_each(ignore);
        Ok(Self { hangup, ending, has_terminal: io::stdin().is_terminal() })
    }

    /// Waits for one of them.
    pub(super) async fn next(&mut self) -> Event {
        let ending = self.ending.iter_mut().map(|(kind, signal)| {
            let kind = *kind;
            signal.recv().map(move |_| kind).boxed()
        });
        tokio::select! {
            (kind, ..) = select_all(ending) => Event::End(kind),
            // A terminal that was closed, and no request to read the keys again.
            _ = self.hangup.recv() => if self.has_terminal && !io::stdin().is_terminal() {
                Event::End(SignalKind::hangup())
            } else {
                Event::Reload
            },
        }
    }
}
