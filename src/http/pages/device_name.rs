//! The name of a device, from its user agent.

/// The longest part of a user agent that is shown, in characters.
const MAX_LENGTH: usize = 60;

/// Browsers by a part of their user agents. Most name others, too: the first match counts.
const BROWSERS: [(&str, &str); 8] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
];

const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// A short name such as `Firefox, Windows`; the beginning of another user agent.
pub(super) fn device_name(user_agent: &str) -> String {
    let find = |names: &[(&str, &'static str)]| {
        names.iter().find(|(part, _)| user_agent.contains(part)).map(|(_, name)| *name)
    };
    let is_safari = || user_agent.contains("Version/") && user_agent.contains("Safari/");
    let browser = find(&BROWSERS).or_else(|| is_safari().then_some("Safari"));
    match (browser, find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        _ => user_agent.chars().take(MAX_LENGTH).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_is_named_by_browser_and_system() {
        let mozilla = |rest: &str| format!("Mozilla/5.0 {rest}");
        for (user_agent, name) in [
            (
                mozilla("(X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
                "Firefox, Linux",
            ),
            (
                mozilla(
                    "(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                         Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                ),
                "Edge, Windows",
            ),
            (
                mozilla(
                    "(Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                         Chrome/140.0.0.0 Mobile Safari/537.36",
                ),
                "Chrome, Android",
            ),
            (
                mozilla(
                    "(iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, \
                         like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                ),
                "Safari, iPhone",
            ),
            ("curl/8.14.1".to_owned(), "curl/8.14.1"),
        ] {
            assert_eq!(device_name(&user_agent), name);
        }
        assert_eq!(device_name(&"\u{e9}".repeat(256)).chars().count(), MAX_LENGTH);
    }
}
