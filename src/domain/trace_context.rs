//! The trace context of a request (W3C Trace Context, level 1).

use std::fmt;

/// The place of a request in a trace of several services: the trace, and the span of this service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: [u8; 16],
    span_id: [u8; 8],
    is_sampled: bool,
}

/// The flag of a sampled trace (section 3.2.3.1).
const SAMPLED: u8 = 1;

impl TraceContext {
    /// A context; `None` where an id is all zeros, which is invalid.
    #[must_use]
    pub fn new(trace_id: [u8; 16], span_id: [u8; 8], is_sampled: bool) -> Option<Self> {
        let is_valid = trace_id != [0; 16] && span_id != [0; 8];
        is_valid.then_some(Self { trace_id, span_id, is_sampled })
    }

    /// Parses the value of a `traceparent` header (section 3.2): the context of the caller, whose span is the
    /// parent. `None` where it is invalid; it is ignored then.
    #[must_use]
    pub fn parse(traceparent: &[u8]) -> Option<Self> {
        let text = str::from_utf8(traceparent).ok()?;
        let mut parts = text.split('-');
        let version: [u8; 1] = lowercase_hex(parts.next()?)?;
        let (trace_id, span_id) = (lowercase_hex(parts.next()?)?, lowercase_hex(parts.next()?)?);
        let [flags] = lowercase_hex(parts.next()?)?;
        // A later version may have more parts; 255 is none.
        match version {
            [0] if parts.next().is_some() => return None,
            [255] => return None,
            _ => {}
        }
        Self::new(trace_id, span_id, flags & SAMPLED == SAMPLED)
    }

    /// The context of a new span below this one; `None` where the system has no random bytes.
    #[must_use]
    pub fn child(&self) -> Option<Self> {
        let mut span_id = [0; 8];
        getrandom::fill(&mut span_id).ok()?;
        Self::new(self.trace_id, span_id, self.is_sampled)
    }

    /// The id of the trace: 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> impl fmt::Display + use<> {
        Hex(self.trace_id)
    }

    /// The id of the span: 16 hexadecimal digits.
    #[must_use]
    pub fn span_id(&self) -> impl fmt::Display + use<> {
        Hex(self.span_id)
    }

    /// The bytes of the id of the trace.
    #[must_use]
    pub fn trace_id_bytes(&self) -> [u8; 16] {
        self.trace_id
    }

    /// The bytes of the id of the span.
    #[must_use]
    pub fn span_id_bytes(&self) -> [u8; 8] {
        self.span_id
    }

    /// Whether the caller records the trace.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        self.is_sampled
    }
}

/// Writes the value of a `traceparent` header.
impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = u8::from(self.is_sampled);
        write!(f, "00-{}-{}-{flags:02x}", self.trace_id(), self.span_id())
    }
}

struct Hex<const N: usize>([u8; N]);

impl<const N: usize> fmt::Display for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The bytes of exactly as many hexadecimal digits, in lower case as the standard demands.
fn lowercase_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let is_lowercase = !text.bytes().any(|byte| byte.is_ascii_uppercase());
    (is_lowercase && hex::decode_to_slice(text, &mut bytes).is_ok()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn parse(text: &str) -> Option<TraceContext> {
        TraceContext::parse(text.as_bytes())
    }

    /// The example of section 3.2.2.
    #[test]
    fn example_of_the_standard_is_parsed() {
        let context = parse(EXAMPLE).unwrap();
        assert_eq!(context.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(context.span_id().to_string(), "00f067aa0ba902b7");
        assert!(context.is_sampled());
        assert_eq!(context.to_string(), EXAMPLE);
        let unsampled = parse(&EXAMPLE.replace("-01", "-00")).unwrap();
        assert!(!unsampled.is_sampled());
    }

    #[test]
    fn child_has_the_trace_and_a_span_of_its_own() {
        let context = parse(EXAMPLE).unwrap();
        let child = context.child().unwrap();
        assert_eq!(child.trace_id_bytes(), context.trace_id_bytes());
        assert_ne!(child.span_id_bytes(), context.span_id_bytes());
        assert!(child.is_sampled());
    }

    #[test]
    fn invalid_header_is_ignored_and_a_later_version_is_parsed() {
        for text in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00 4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert!(parse("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more").is_some());
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_as_it_is_written_or_ignored(text in "(00-[0-9a-f]{32}-[0-9a-f]{16}-0[01])|.*") {
            if let Some(context) = parse(&text) {
                prop_assert_eq!(parse(&context.to_string()), Some(context));
            }
        }
    }
}
