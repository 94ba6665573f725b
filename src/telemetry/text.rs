//! Events as lines for people.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Full, Writer};
use tracing_subscriber::fmt::{self as lines, FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::request::RequestId;
use super::time;

/// An event as a line: when, which request it is about if it is about one, level, message, and the
/// event's members.
pub(super) struct Lines(Format<Full, ()>);

impl Lines {
    pub(super) fn new() -> Self {
        Self(lines::format().without_time().with_target(false))
    }
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut line: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        // As the rest of the line is coloured.
        let (dimmed, plain) =
            if line.has_ansi_escapes() { ("\x1b[2m", "\x1b[0m") } else { ("", "") };
        line.write_str(dimmed)?;
        let mut time = String::new();
        time::write(&mut time);
        line.write_str(&time)?;
        RequestId::with_current(|id| write!(line, " request {id}")).transpose()?;
        line.write_str(plain)?;
        line.write_char(' ')?;
        self.0.format_event(context, line, event)
    }
}

#[cfg(test)]
mod tests {
    use tracing::info;

    use super::super::tests::Log;
    use super::*;

    /// The one line that is logged, without its time.
    fn logged(ansi: bool, act: impl FnOnce()) -> String {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(ansi)
            .event_format(Lines::new())
            .with_writer(log.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, act);
        let line = log.text();
        let from = line.find('Z').unwrap() + 1;
        line[from..].to_owned()
    }

    #[test]
    fn a_line_names_its_request() {
        let id = RequestId::parse(b"login-1").unwrap();
        let line = logged(false, || id.sync_scope(|| info!(status = 200, "answered")));
        assert_eq!(line, " request login-1  INFO answered status=200\n");
        assert_eq!(logged(false, || info!("started")), "  INFO started\n");
    }

    #[test]
    fn on_a_terminal_it_has_colours() {
        let line = logged(true, || info!("started"));
        assert_eq!(line, "\x1b[0m \x1b[32m INFO\x1b[0m started\n");
    }
}
