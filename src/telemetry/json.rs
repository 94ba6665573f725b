//! The log format for programs: one JSON object per line.

use std::cell::Cell;
use std::fmt::{self, Debug, Write as _};
use std::io::Write as _;

use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;

use super::request_scope::RequestScope;
use super::time;

/// Writes each event as a JSON object: `timestamp`, `level`, the fields of the event, `target`, and
/// `request_id` if it is logged while a request is handled; `trace_id` and `span_id` if that belongs to a
/// trace.
///
/// Not the JSON format of [`mod@tracing_subscriber::fmt`]: that has no way to add the `request_id` but a
/// span per request. Names of members are identifiers, which need no escaping; values are serialized
/// by `serde_json`.
pub(super) struct JsonLayer<W>(pub(super) W);

thread_local! {
    /// The memory of the previous line.
    static LINE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl<S, W> Layer<S> for JsonLayer<W>
where
    S: Subscriber,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        // Taken, so that a value that logs while it is written finds another one.
        let mut object = Object(LINE.take());
        object.0.clear();
        object.raw("{\"timestamp\":\"");
        time::with_now(|second, microseconds| {
            object.raw(second);
            let point = object.0.len();
            object.value(&(1_000_000 + microseconds));
            // In place of the leading 1, which keeps the zeros.
            object.0[point] = b'.';
        });
        object.raw("Z\",\"level\":\"");
        object.raw(metadata.level().as_str());
        object.raw("\"");
        event.record(&mut object);
        object.name("target");
        object.string(metadata.target());
        RequestScope::with_current(|scope| {
            object.name("request_id");
            object.string(scope.id().as_str());
            if let Some(trace) = scope.trace() {
                object.name("trace_id");
                object.display(&trace.trace_id());
                object.name("span_id");
                object.display(&trace.span_id());
            }
        });
        object.raw("}\n");
        // A failure to write a log line has nowhere to be logged.
        let _ = self.0.make_writer_for(metadata).write_all(&object.0);
        LINE.set(object.0);
    }
}

/// The text of a JSON object that has members already, and no end yet.
struct Object(Vec<u8>);

impl Object {
    fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    fn name(&mut self, name: &str) {
        self.raw(",\"");
        self.raw(name);
        self.raw("\":");
    }

    fn value(&mut self, value: &impl Serialize) {
        // The types that are logged do not fail, and neither does writing to memory.
        let _ = serde_json::to_writer(&mut self.0, value);
    }

    fn string(&mut self, text: &str) {
        self.raw("\"");
        self.content(text);
        self.raw("\"");
    }

    fn display(&mut self, value: &impl fmt::Display) {
        self.raw("\"");
        // Writing to memory does not fail.
        let _ = write!(Content(self), "{value}");
        self.raw("\"");
    }

    /// The content of a string. Text without special characters, which is most, is copied as a whole.
    fn content(&mut self, text: &str) {
        let is_special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
        // Without a branch per byte, so that it is vectorized.
        if text.bytes().fold(false, |found, byte| found | is_special(byte)) {
            let start = self.0.len();
            self.value(&text);
            // Without its quotes.
            self.0.pop();
            self.0.remove(start);
        } else {
            self.raw(text);
        }
    }
}

impl Visit for Object {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.name(field.name());
        self.string(value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.name(field.name());
        self.value(&value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.name(field.name());
        self.value(&value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.name(field.name());
        self.value(&value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.name(field.name());
        self.value(&value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.name(field.name());
        self.raw("\"");
        // A value whose `Debug` fails is cut off where it does.
        let _ = write!(Content(self), "{value:?}");
        self.raw("\"");
    }
}

/// Writes the content of a string.
struct Content<'a>(&'a mut Object);

impl fmt::Write for Content<'_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.0.content(part);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use proptest::prelude::*;
    use serde_json::{Value, json};
    use tracing::{info, warn};
    use tracing_subscriber::layer::SubscriberExt;

    use super::super::tests::Log;
    use super::*;
    use crate::domain::{RequestId, TraceContext};

    /// The one line that is logged, without its timestamp.
    fn logged(log_event: impl FnOnce()) -> Value {
        let log = Log::default();
        let subscriber = tracing_subscriber::registry().with(JsonLayer(log.clone()));
        tracing::subscriber::with_default(subscriber, log_event);
        let text = log.text();
        assert_eq!(text.find('\n'), Some(text.len() - 1), "{text}");
        let mut line: Value = serde_json::from_str(&text).expect(&text);
        let timestamp = line.as_object_mut().unwrap().remove("timestamp").unwrap();
        let timestamp = timestamp.as_str().unwrap();
        assert!(chrono::DateTime::parse_from_rfc3339(timestamp).is_ok(), "{timestamp}");
        line
    }

    const TARGET: &str = module_path!();

    #[test]
    fn members_have_the_types_of_the_fields() {
        let error = io::Error::other("it is \"broken\"");
        let line = logged(|| {
            warn!(a = 1_u64, b = -1, c = true, d = 1.5, e = f64::NAN, f = "x\n", %error, g = ?Some(1), "the {}", "end");
        });
        let expected = json!({
            "level": "WARN", "message": "the end", "a": 1, "b": -1, "c": true, "d": 1.5, "e": null,
            "f": "x\n", "error": "it is \"broken\"", "g": "Some(1)", "target": TARGET,
        });
        assert_eq!(line, expected);
    }

    #[test]
    fn line_of_a_request_has_its_id() {
        let id = RequestId::parse(b"login-1").unwrap();
        let line = logged(|| {
            drop(RequestScope::new(id).run(|| {
                info!("x");
                std::future::ready(())
            }));
        });
        let expected =
            json!({"level": "INFO", "message": "x", "target": TARGET, "request_id": "login-1"});
        assert_eq!(line, expected);
    }

    #[test]
    fn line_of_a_request_in_a_trace_has_its_ids() {
        let trace = TraceContext::new([0xab; 16], [1; 8], true);
        let line = logged(|| {
            let scope = RequestScope::new(RequestId::parse(b"login-1").unwrap()).in_trace(trace);
            drop(scope.run(|| {
                info!("x");
                std::future::ready(())
            }));
        });
        assert_eq!(line["trace_id"], "ab".repeat(16));
        assert_eq!(line["span_id"], "01".repeat(8));
    }

    proptest! {
        #[test]
        fn any_text_is_restored(text: String) {
            let line = logged(|| info!(text, debugged = ?text, "{text}"));
            prop_assert_eq!(&line["text"], &text);
            prop_assert_eq!(&line["message"], &text);
            prop_assert_eq!(&line["debugged"], &format!("{text:?}"));
        }
    }
}
