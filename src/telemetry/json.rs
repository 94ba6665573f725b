//! The log format for programs: one JSON object per line.

use std::fmt::Debug;
use std::io::Write;

use chrono::SecondsFormat;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;

use super::request_scope::RequestScope;
use super::time;

/// Writes each event as a JSON object: `timestamp`, `level`, the fields of the event, `target`, and
/// `request_id` if it is logged while a request is handled.
///
/// Not the JSON format of [`mod@tracing_subscriber::fmt`]: that has no way to add the `request_id` but a
/// span per request.
pub(super) struct JsonLayer<W>(pub(super) W);

impl<S, W> Layer<S> for JsonLayer<W>
where
    S: Subscriber,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Vec::with_capacity(256);
        // Writing to memory does not fail, and a failure to write a log line has nowhere to be logged.
        if write_object(&mut line, event).is_ok() {
            line.push(b'\n');
            let _ = self.0.make_writer_for(event.metadata()).write_all(&line);
        }
    }
}

fn write_object(line: &mut Vec<u8>, event: &Event<'_>) -> serde_json::Result<()> {
    let metadata = event.metadata();
    let mut serializer = serde_json::Serializer::new(line);
    let mut object = serializer.serialize_map(None)?;
    object.serialize_entry("timestamp", &time::now(SecondsFormat::Micros))?;
    object.serialize_entry("level", metadata.level().as_str())?;
    let mut fields = FieldSerializer { object: &mut object, result: Ok(()) };
    event.record(&mut fields);
    fields.result?;
    object.serialize_entry("target", metadata.target())?;
    if let Some(id) = RequestScope::with_current(RequestScope::id) {
        object.serialize_entry("request_id", id.as_str())?;
    }
    object.end()
}

/// Serializes fields as members of `object`, until the first error.
struct FieldSerializer<'a, M: SerializeMap> {
    object: &'a mut M,
    result: Result<(), M::Error>,
}

impl<M: SerializeMap> FieldSerializer<'_, M> {
    fn member(&mut self, field: &Field, value: &(impl Serialize + ?Sized)) {
        if self.result.is_ok() {
            self.result = self.object.serialize_entry(field.name(), value);
        }
    }
}

impl<M: SerializeMap> Visit for FieldSerializer<'_, M> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.member(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field, &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field, &value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.member(field, &value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.member(field, &format_args!("{value:?}"));
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
    use crate::domain::RequestId;

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
