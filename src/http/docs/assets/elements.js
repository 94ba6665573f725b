// Elements of the page. Texts become text nodes, and never HTML.

/// An element: its properties (`class` and `aria-…` as attributes, functions as listeners), and its children.
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") made.addEventListener(key, value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== undefined && child !== null));
  return made;
}

/// A text in which `code` stands between backticks.
export function prose(text) {
  return text.split("`").map((part, index) => (index % 2 ? element("code", {}, part) : part));
}

/// A labelled field, with a hint.
export function field(label, input, hint) {
  const hintId = hint ? `${input.id}-hint` : undefined;
  if (hintId) input.setAttribute("aria-describedby", hintId);
  return element(
    "div",
    { class: "field" },
    element("label", { for: input.id }, label),
    hint && element("span", { class: "hint", id: hintId }, prose(hint)),
    input,
  );
}

/// A button that is no submission.
export function button(text, click, kind = "quiet") {
  return element("button", { type: "button", class: kind, click }, text);
}

/// JSON with line breaks, and with each token as it was sent.
export function indented(json) {
  let depth = 0;
  const tokens = json.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  const line = () => "\n" + "  ".repeat(depth);
  let text = "";
  tokens.forEach((token, index) => {
    const next = tokens[index + 1];
    if (token === "{" || token === "[") {
      depth += 1;
      text += token + (next === "}" || next === "]" ? "" : line());
    } else if (token === "}" || token === "]") {
      depth -= 1;
      const before = tokens[index - 1];
      text += (before === "{" || before === "[" ? "" : line()) + token;
    } else if (token === ",") text += token + line();
    else text += token === ":" ? ": " : token;
  });
  return text;
}
