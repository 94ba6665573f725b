//! Events as lines of JSON, each an object with the members of the event and the name of its request.
//!
//! Written straight into the line, and not through [`mod@tracing_subscriber::fmt`]: a line is written for
//! each request, and is most of what is done for it.

use std::cell::Cell;
use std::fmt::{self, Debug, Write as _};
use std::io::Write as _;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;

use super::request::RequestId;
use super::time;

/// An event as a line: `timestamp`, `level`, its own members, `target`, and `request_id` where it
/// is about a request.
pub(super) struct Lines<W>(pub(super) W);

thread_local! {
    /// The memory of the line before.
    static LINE: Cell<String> = const { Cell::new(String::new()) };
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        // Taken, so that a value that logs while it is shown finds another.
        let mut line = Line(LINE.take());
        line.0.clear();
        line.0.push_str(r#"{"timestamp":""#);
        time::write(&mut line.0);
        line.0.push_str(r#"","level":""#);
        line.0.push_str(event.metadata().level().as_str());
        line.0.push('"');
        event.record(&mut line);
        line.member("target").string(event.metadata().target());
        RequestId::with_current(|id| {
            // A name has nothing to escape.
            line.0.push_str(r#","request_id":""#);
            line.0.push_str(id);
            line.0.push('"');
        });
        line.0.push_str("}\n");
        // There is nowhere to say that it failed.
        let _ = self.0.make_writer().write_all(line.0.as_bytes());
        LINE.set(line.0);
    }
}

/// Which bytes have to be escaped in a string: to look them up is faster than to compare.
const IS_SPECIAL: [bool; 256] = {
    let mut is_special = [false; 256];
    let mut byte = 0;
    while byte < b' ' as usize {
        is_special[byte] = true;
        byte += 1;
    }
    is_special[b'"' as usize] = true;
    is_special[b'\\' as usize] = true;
    is_special
};

/// An object that is being written, and has members already.
struct Line(String);

impl Line {
    fn member(&mut self, name: &str) -> &mut Self {
        // A name is a name in Rust: there is nothing to escape.
        self.0.push_str(",\"");
        self.0.push_str(name);
        self.0.push_str("\":");
        self
    }

    fn string(&mut self, value: &str) {
        self.0.push('"');
        self.escaped(value);
        self.0.push('"');
    }

    /// What stands between the quotes of a string; what has to be escaped, `serde_json` escapes.
    fn escaped(&mut self, value: &str) {
        if !value.bytes().any(|byte| IS_SPECIAL[usize::from(byte)]) {
            self.0.push_str(value);
        } else if let Ok(quoted) = serde_json::to_string(value) {
            self.0.push_str(&quoted[1..quoted.len() - 1]);
        }
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.member(field.name()).string(value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field.name()).0.push_str(itoa::Buffer::new().format(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field.name()).0.push_str(itoa::Buffer::new().format(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field.name()).0.push_str(if value { "true" } else { "false" });
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no infinity.
        if value.is_finite() {
            self.member(field.name()).0.push_str(&value.to_string());
        } else {
            self.record_debug(field, &value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let line = self.member(field.name());
        line.0.push('"');
        // Nothing here fails; a value that fails to show itself ends where it did.
        let _ = write!(Escaped(line), "{value:?}");
        line.0.push('"');
    }
}

/// Text that is escaped as it is written.
struct Escaped<'a>(&'a mut Line);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.0.escaped(part);
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

    /// The one line that is logged, without its time.
    fn logged(act: impl FnOnce()) -> Value {
        let log = Log::default();
        let subscriber = tracing_subscriber::registry().with(Lines(log.clone()));
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
