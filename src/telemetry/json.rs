//! Events as lines of JSON, each an object with the members of the event and of its span.
//!
//! Written straight into the line: a line is written for each request, and a tree of JSON values for
//! each of them would cost as much as the rest of what is done for it.

use std::fmt::{self, Debug, Display};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// An event as a line: `timestamp`, `level`, its own members, `target`, and the innermost `span`.
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
        SystemTime.format_time(&mut line)?;
        write!(line, r#"","level":"{}""#, event.metadata().level().as_str())?;
        context.format_fields(line.by_ref(), event)?;
        line.write_str(r#","target":"#)?;
        string(&mut line, event.metadata().target())?;
        if let Some(span) = context.lookup_current() {
            line.write_str(r#","span":{"name":"#)?;
            string(&mut line, span.name())?;
            if let Some(members) = span.extensions().get::<FormattedFields<N>>() {
                line.write_str(members)?;
            }
            line.write_char('}')?;
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
            text.write_char(',')?;
            string(text, field.name())?;
            text.write_char(':')?;
            value(text)
        };
        self.result = self.result.and_then(|()| write());
    }

    fn plain(&mut self, field: &Field, value: impl Display) {
        self.member(field, |text| write!(text, "{value}"));
    }
}

impl Visit for Written<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.member(field, |text| string(text, value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.plain(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.plain(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.plain(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no infinity.
        if value.is_finite() {
            self.plain(field, value);
        } else {
            self.record_debug(field, &value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

/// A string in quotes; what has to be escaped, `serde_json` escapes.
fn string(text: &mut Writer<'_>, value: &str) -> fmt::Result {
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if value.bytes().all(is_plain) {
        text.write_char('"')?;
        text.write_str(value)?;
        return text.write_char('"');
    }
    text.write_str(&serde_json::to_string(value).map_err(|_| fmt::Error)?)
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use proptest::prelude::*;
    use serde_json::{Value, json};
    use tracing::{info, info_span, warn};
    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Log {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    /// The one line that is logged, without its time.
    fn logged(act: impl FnOnce()) -> Value {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt()
            .event_format(Lines)
            .fmt_fields(Members)
            .with_writer(log.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, act);
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
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
    fn a_line_has_the_innermost_span_and_all_of_its_members() {
        let line = logged(|| {
            let _outer = info_span!("outer", a = 1).entered();
            let inner = info_span!("inner", id = "1 \" 2", later = tracing::field::Empty);
            inner.record("later", 2);
            inner.in_scope(|| info!("x"));
        });
        let span = json!({"name": "inner", "id": "1 \" 2", "later": 2});
        let expected = json!({"level": "INFO", "message": "x", "target": TARGET, "span": span});
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
