//! The log format for people: one line of text per event, which fits 100 columns for the usual ones.

use std::fmt::{self, Debug};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::request_scope::RequestScope;
use super::time;
use crate::domain::printable;

/// How much of the id of a request or a session is shown, in characters.
const SHORT_ID: usize = 8;

/// Writes each event as a line: timestamp, level, the beginning of the request id if it is logged
/// while a request is handled, message, and the fields of the event.
pub(super) struct TextFormat;

impl<S, N> FormatEvent<S, N> for TextFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut line: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let level = *event.metadata().level();
        let (dimmed, colour, plain) = if line.has_ansi_escapes() {
            ("\x1b[2m", colour(level), "\x1b[0m")
        } else {
            ("", "", "")
        };
        time::with_now(|second, _| {
            write!(line, "{dimmed}{second}Z{plain} {colour}{level:>5}{plain}")
        })?;
        if let Some(id) = RequestScope::with_current(RequestScope::id) {
            write!(line, " {dimmed}{:.SHORT_ID$}{plain}", id.as_str())?;
        }
        let mut fields = FieldWriter { line: line.by_ref(), result: Ok(()) };
        event.record(&mut fields);
        fields.result?;
        line.write_char('\n')
    }
}

fn colour(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\x1b[31m",
        Level::WARN => "\x1b[33m",
        Level::INFO => "\x1b[32m",
        Level::DEBUG => "\x1b[34m",
        Level::TRACE => "\x1b[35m",
    }
}

/// Writes the message as it is, the fields that every access log line has without their names, and
/// all other fields as `name=value`, ids of sessions shortened; until the first error.
struct FieldWriter<'a> {
    line: Writer<'a>,
    result: fmt::Result,
}

impl FieldWriter<'_> {
    fn field(&mut self, field: &Field, value: &str) {
        let value = printable(value).to_string();
        self.result = self.result.and_then(|()| match field.name() {
            "message" | "method" | "route" | "status" => write!(self.line, " {value}"),
            // The message says it.
            "kind" => Ok(()),
            name @ "session" => write!(self.line, " {name}={value:.SHORT_ID$}"),
            name => write!(self.line, " {name}={value}"),
        });
    }
}

impl Visit for FieldWriter<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.field(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "duration_us" {
            let (whole, tenths) = (value / 1000, value % 1000 / 100);
            self.result = self.result.and_then(|()| write!(self.line, " {whole}.{tenths}ms"));
        } else {
            self.field(field, &value.to_string());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.field(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use tracing::{info, warn};

    use super::super::tests::Log;
    use super::*;
    use crate::domain::RequestId;

    /// The one line that is logged, without its timestamp.
    fn logged(ansi: bool, log_event: impl FnOnce()) -> String {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(ansi)
            .event_format(TextFormat)
            .with_writer(log.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, log_event);
        let line = log.text();
        let from = line.find('Z').unwrap() + 1;
        line[from..].to_owned()
    }

    #[test]
    fn line_has_level_message_and_fields() {
        let line = logged(false, || warn!(count = 3, name = "a b", list = ?[1], "the {}", "end"));
        assert_eq!(line, "  WARN the end count=3 name=a b list=[1]\n");
    }

    #[test]
    fn line_of_a_request_has_the_beginning_of_its_id() {
        let id = RequestId::parse(b"0123456789abcdef").unwrap();
        let line = logged(false, || {
            drop(RequestScope::new(id).run(|| {
                info!(
                    method = "GET",
                    route = "/healthz",
                    status = 200,
                    duration_us = 1234_u64,
                    "response"
                );
                ready(())
            }));
        });
        assert_eq!(line, "  INFO 01234567 response GET /healthz 200 1.2ms\n");
    }

    #[test]
    fn control_characters_are_escaped() {
        let line = logged(false, || info!(error = %"a\x1b[31m\nb", "x"));
        assert_eq!(line, "  INFO x error=a\\u{1b}[31m\\nb\n");
    }

    #[test]
    fn line_on_a_terminal_has_colours() {
        let line = logged(true, || info!("started"));
        assert_eq!(line, "\x1b[0m \x1b[32m INFO\x1b[0m started\n");
    }
}
