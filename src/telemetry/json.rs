//! Events as lines of JSON, each an object with the members of the event and the name of its request.
//!
//! Written straight into the line: a line is written for each request, and a tree of JSON values for
//! each of them would cost as much as the rest of what is done for it.

use std::fmt::{self, Debug, Write};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::request::RequestId;
use super::time::Time;

/// An event as a line: `timestamp`, `level`, its own members, `target`, and `request_id` where it
/// is about a request.
pub(super) struct Lines;

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
        line.write_str(r#"{"timestamp":""#)?;
        Time.format_time(&mut line)?;
        line.write_str(r#"","level":""#)?;
        line.write_str(event.metadata().level().as_str())?;
        line.write_char('"')?;
        context.format_fields(line.by_ref(), event)?;
        line.write_str(r#","target":"#)?;
        string(&mut line, event.metadata().target())?;
        if let Some(id) = RequestId::current() {
            line.write_str(r#","request_id":"#)?;
            string(&mut line, id.as_str())?;
        }
        line.write_str("}\n")
    }
}

/// Fields as members of an object that has others before them: each begins with a comma.
pub(super) struct Members;

impl<'a> FormatFields<'a> for Members {
    fn format_fields<R: RecordFields>(&self, text: Writer<'a>, fields: R) -> fmt::Result {
        let mut members = Written { text, result: Ok(()) };
        fields.record(&mut members);
        members.result
    }
}

struct Written<'a> {
    text: Writer<'a>,
    result: fmt::Result,
}

impl Written<'_> {
    fn member(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        let text = &mut self.text;
        let write = || {
            text.write_str(",\"")?;
            escaped(text, field.name())?;
            text.write_str("\":")?;
            value(text)
        };
        self.result = self.result.and_then(|()| write());
    }
}

impl Visit for Written<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.member(field, |text| string(text, value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field, |text| text.write_str(itoa::Buffer::new().format(value)));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field, |text| text.write_str(itoa::Buffer::new().format(value)));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field, |text| text.write_str(if value { "true" } else { "false" }));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no infinity.
        if value.is_finite() {
            self.member(field, |text| write!(text, "{value}"));
        } else {
            self.record_debug(field, &value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.member(field, |text| {
            text.write_char('"')?;
            write!(Escaped(text), "{value:?}")?;
            text.write_char('"')
        });
    }
}

fn string(text: &mut Writer<'_>, value: &str) -> fmt::Result {
    text.write_char('"')?;
    escaped(text, value)?;
    text.write_char('"')
}

/// What stands between the quotes of a string; what has to be escaped, `serde_json` escapes.
fn escaped(text: &mut Writer<'_>, value: &str) -> fmt::Result {
    // All of them are looked at, which many at a time is faster than to stop at the first.
    let is_plain = |byte: u8| (byte >= b' ') & (byte != b'"') & (byte != b'\\');
    if value.bytes().fold(true, |plain, byte| plain & is_plain(byte)) {
        return text.write_str(value);
    }
    let quoted = serde_json::to_string(value).map_err(|_| fmt::Error)?;
    text.write_str(&quoted[1..quoted.len() - 1])
}

/// Text that is escaped as it is written.
struct Escaped<'a, 'w>(&'a mut Writer<'w>);

impl Write for Escaped<'_, '_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        escaped(self.0, part)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use proptest::prelude::*;
    use serde_json::{Value, json};
    use tracing::{info, warn};

    use super::super::tests::Log;
    use super::*;

    /// The one line that is logged, without its time.
    fn logged(act: impl FnOnce()) -> Value {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt()
            .event_format(Lines)
            .fmt_fields(Members)
            .with_writer(log.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, act);
        let text = log.text();
        assert_eq!(text.find('\n'), Some(text.len() - 1), "{text}");
        let mut line: Value = serde_json::from_str(&text).expect(&text);
        let time = line.as_object_mut().unwrap().remove("timestamp").unwrap();
        assert!(chrono::DateTime::parse_from_rfc3339(time.as_str().unwrap()).is_ok(), "{time}");
        line
    }

    const TARGET: &str = module_path!();

    #[test]
    fn members_keep_their_types() {
        let error = io::Error::other("it is \"broken\"");
        let line = logged(|| {
            warn!(a = 1_u64, b = -1, c = true, d = 1.5, e = f64::NAN, f = "x\n", %error, g = ?Some(1), "the {}", "end");
        });
        let expected = json!({
            "level": "WARN", "message": "the end", "a": 1, "b": -1, "c": true, "d": 1.5, "e": "NaN",
            "f": "x\n", "error": "it is \"broken\"", "g": "Some(1)", "target": TARGET,
        });
        assert_eq!(line, expected);
    }

    #[test]
    fn a_line_about_a_request_names_it() {
        let id = RequestId::parse(b"login-1").unwrap();
        let line = logged(|| id.sync_scope(|| info!("x")));
        let expected =
            json!({"level": "INFO", "message": "x", "target": TARGET, "request_id": "login-1"});
        assert_eq!(line, expected);
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text: String) {
            let line = logged(|| info!(text, debugged = ?text, "{text}"));
            prop_assert_eq!(&line["text"], &text);
            prop_assert_eq!(&line["message"], &text);
            prop_assert_eq!(&line["debugged"], &format!("{text:?}"));
        }
    }
}
