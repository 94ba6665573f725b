//! The blocks, links and anchors of a page of Markdown.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A code block.
#[derive(Debug)]
pub(crate) struct Block {
    /// The number of its first line.
    pub(crate) line: usize,
    /// The first word after the fence, such as `sh`.
    pub(crate) language: String,
    /// Why its commands are not run: what follows `not-run:` after the fence.
    pub(crate) not_run: Option<String>,
    /// The file that the block is: the paragraph before ends with `` `NAME`: ``.
    pub(crate) file: Option<String>,
    pub(crate) text: String,
}

/// A page.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) path: PathBuf,
    pub(crate) blocks: Vec<Block>,
    /// Destinations of links and images.
    pub(crate) links: Vec<String>,
    /// Identifiers of headings.
    pub(crate) anchors: Vec<String>,
    /// The texts of inline code.
    pub(crate) codes: Vec<String>,
}

impl Page {
    pub(crate) fn read(path: &Path) -> Self {
        let text =
            std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        Self { path: path.to_owned(), ..Self::parse(&text) }
    }

    pub(crate) fn parse(text: &str) -> Self {
        let mut page = Self::default();
        let mut headings: HashMap<String, usize> = HashMap::new();
        let mut heading: Option<String> = None;
        // Inline code with which a paragraph ends, a colon after it.
        let (mut code, mut file) = (None, None);
        let mut is_block = false;
        for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    let (language, rest) = info.split_once(' ').unwrap_or((&info, ""));
                    is_block = true;
                    page.blocks.push(Block {
                        line: text[..range.start].matches('\n').count() + 1,
                        language: language.to_owned(),
                        not_run: rest.strip_prefix("not-run:").map(|why| why.trim().to_owned()),
                        file: file.take().filter(|_| language != "sh"),
                        text: String::new(),
                    });
                    assert!(
                        rest.is_empty() || rest.starts_with("not-run:"),
                        "line {}: {rest}",
                        page.blocks.last().unwrap().line
                    );
                }
                Event::End(TagEnd::CodeBlock) => is_block = false,
                Event::Text(text) if is_block => page.blocks.last_mut().unwrap().text += &text,
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    let id = anchor(&heading.take().unwrap());
                    let count = headings.entry(id.clone()).or_default();
                    page.anchors.push(if *count == 0 { id } else { format!("{id}-{count}") });
                    *count += 1;
                }
                Event::Start(Tag::Paragraph) => (code, file) = (None, None),
                Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        *heading += &text;
                    }
                    code = Some(text.to_string());
                    page.codes.push(text.into_string());
                }
                Event::Text(text) => {
                    if let Some(heading) = &mut heading {
                        *heading += &text;
                    }
                    file = if &*text == ":" { code.take() } else { None };
                    code = None;
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.into_string());
                }
                Event::Html(html) | Event::InlineHtml(html) => page.links.extend(attributes(&html)),
                Event::Start(_) => file = None,
                _ => {}
            }
        }
        page
    }
}

/// The identifier that mdBook and hosts of repositories give a heading.
fn anchor(heading: &str) -> String {
    let lower = heading.to_lowercase();
    let kept = lower.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The files that a piece of HTML refers to.
fn attributes(html: &str) -> impl Iterator<Item = String> {
    let values = ["src=\"", "srcset=\"", "href=\""].into_iter();
    let found = values.flat_map(move |name| html.split(name).skip(1));
    found.filter_map(|rest| rest.split('"').next()).map(ToOwned::to_owned)
}

#[test]
fn block_is_the_file_that_the_paragraph_before_names() {
    let page =
        Page::parse("Write `a/b.py`:\n\n```python\n1\n```\n\n```sh not-run: needs root\nx\n```\n");
    let [file, command] = &page.blocks[..] else { panic!("{page:?}") };
    assert_eq!((file.file.as_deref(), &*file.text, file.line), (Some("a/b.py"), "1\n", 3));
    assert_eq!((&command.file, command.not_run.as_deref()), (&None, Some("needs root")));
}

#[test]
fn anchors_of_equal_headings_are_numbered() {
    let page = Page::parse("# A `b`: c\n## x\n## x\n[l](y.md#z) <img src=\"p.svg\">\n");
    assert_eq!(page.anchors, ["a-b-c", "x", "x-1"]);
    assert_eq!(page.links, ["y.md#z", "p.svg"]);
}
