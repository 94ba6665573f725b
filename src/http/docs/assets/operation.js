// One operation: its description, a form to send it, and the response.

import { available, onChange, use } from "./credentials.js";
import { button, element, field, indented, prose } from "./elements.js";
import { authorizationBy, build, curl, send } from "./request.js";
import { description, example, memberList, members, resolved, single, types } from "./schema.js";

const SCHEMES = {
  bearer: "access token (Bearer)",
  bare_token: "access token without a scheme",
  oauth_client: "OAuth client",
  session_cookie: "session of this browser",
  none: "none",
};

/// An operation that opens; its content is made when it is opened first.
export function operationElement(root, operation) {
  const { method, path, summary, operationId } = operation;
  const content = element("div", { class: "operation-content" });
  const toggle = () => {
    if (details.open && !content.childElementCount) fill(content, root, operation);
  };
  const details = element(
    "details",
    { class: "operation", id: operationId, toggle },
    element(
      "summary",
      {},
      element("span", { class: `verb ${method}` }, method.toUpperCase()),
      element("code", {}, path),
      element("span", { class: "brief" }, prose((summary ?? "").replace(/\.$/, ""))),
    ),
    content,
  );
  return details;
}

function fill(content, root, operation) {
  const said = operation.description ?? "";
  if (said) content.append(element("p", {}, prose(said)));
  const form = tryForm(root, operation);
  content.append(form, responses(root, operation));
}

/// The values of one field of the form.
function input(root, id, schema, value) {
  const it = single(root, schema);
  const [type] = types(it);
  const options = type === "boolean" ? ["true", "false"] : it.enum;
  if (options) {
    const choices = ["", ...options].map((option) => element("option", { value: option }, option || "–"));
    return element("select", { id }, choices);
  }
  if (type === "object") {
    const area = element("textarea", { id, rows: 3, spellcheck: "false" });
    return area;
  }
  const kind = it.format === "password" ? "password" : "text";
  const typed = element("input", { id, type: kind, autocomplete: "off", spellcheck: "false" });
  typed.value = value ?? "";
  return typed;
}

function tryForm(root, operation) {
  const { operationId, requestBody, security } = operation;
  const body = resolved(root, requestBody);
  const mediaTypes = Object.keys(body?.content ?? {});
  const parameters = operation.parameters.map((parameter) => {
    const sample = parameter.in === "path" ? (parameter.example ?? "") : "";
    const made = input(root, `${operationId}-${parameter.name}`, parameter.schema, sample);
    return { ...parameter, input: made };
  });
  const schema = mediaTypes.length ? Object.values(body.content)[0].schema : undefined;
  const fields = (schema ? members(root, schema) : []).map(([name, of, required]) => {
    const sample = required ? example(root, of) : "";
    const made = input(root, `${operationId}-body-${name}`, of, sample === "…" ? "" : sample);
    return { name, of, required, input: made };
  });
  const select = (id, options) =>
    element("select", { id: `${operationId}-${id}` }, options.map(([value, text]) => element("option", { value }, text)));
  const typeSelect = select("media-type", mediaTypes.map((name) => [name, name]));
  const schemes = (security ?? []).map((requirement) => Object.keys(requirement)[0] ?? "none");
  const schemeSelect = select("scheme", [...new Set([...schemes, "none"])].map((name) => [name, SCHEMES[name] ?? name]));
  const command = element("pre", { class: "command", tabindex: "0", "aria-label": "The request as a command" });
  const result = element("div", { class: "result", "aria-live": "polite" });

  const request = async (refresh) => {
    const scheme = schemeSelect.value;
    const isThere = scheme === "oauth_client" ? available().client : available().token;
    const held = refresh ? await authorizationBy(scheme) : isThere && placeholder(scheme);
    const made = build(operation, read(root, parameters, fields), typeSelect.value, held);
    return { ...made, withCookies: scheme === "session_cookie" };
  };
  const show = async () => {
    try {
      command.textContent = curl(await request(false), false);
    } catch (error) {
      command.textContent = error.message;
    }
  };
  const submit = async (event) => {
    event.preventDefault();
    result.setAttribute("aria-busy", "true");
    try {
      result.replaceChildren(...outcome(await send(await request(true))));
    } catch (error) {
      result.replaceChildren(element("p", { class: "fault" }, `No response: ${error.message}`));
    }
    result.removeAttribute("aria-busy");
  };
  const copy = button("Copy, with the credentials", async () => {
    await navigator.clipboard.writeText(curl(await request(true), true));
    copy.textContent = "Copied";
  });
  // Browsers have a clipboard on HTTPS and on localhost alone.
  copy.hidden = !navigator.clipboard;
  onChange(show);
  show();
  return element(
    "form",
    { class: "try", submit, input: show, change: show, novalidate: true },
    parameters.length ? element("h3", {}, "Parameters") : undefined,
    parameters.map((it) => labelled(root, it.name, it.schema, it.required, it.description, it.input)),
    fields.length ? element("h3", {}, "Body") : undefined,
    fields.map((it) => labelled(root, it.name, it.of, it.required, it.of.description, it.input)),
    element(
      "div",
      { class: "row" },
      mediaTypes.length > 1 ? field("Media type", typeSelect) : undefined,
      schemes.length ? field("Credentials", schemeSelect) : undefined,
      element("button", { class: "main" }, "Send"),
    ),
    command,
    element("p", {}, copy),
    result,
  );
}

const placeholder = (scheme) => ({ bearer: "Bearer •", bare_token: "•", oauth_client: "Basic •" })[scheme];

function labelled(root, name, schema, required, text, made) {
  const label = [element("code", {}, name), required ? "" : " (optional)"];
  const limits = description(root, schema);
  return field(label, made, text ? `${text.replace(/\.$/, "")} – ${limits}` : limits);
}

/// What the form says. A field that is optional and empty is left out.
function read(root, parameters, fields) {
  const value = ({ of, input: { value }, name }) => {
    const [type] = types(single(root, of));
    if (type === "boolean") return value === "true";
    if (type !== "object") return value;
    try {
      return JSON.parse(value);
    } catch {
      throw new Error(`${name} is no JSON`);
    }
  };
  const isSent = ({ required, input: { value } }) => required || value !== "";
  const isSecret = ({ name, of }) => of.format === "password" || name.endsWith("token");
  return {
    parameters: Object.fromEntries(parameters.map((it) => [it.name, it.input.value])),
    fields: Object.fromEntries(fields.filter(isSent).map((it) => [it.name, value(it)])),
    secrets: fields.filter(isSecret).map((it) => it.name),
  };
}

/// A response: status, headers and body.
function outcome({ response, text, milliseconds }) {
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  const shown = [
    element("h3", {}, "Response"),
    element(
      "p",
      { class: "status" },
      element("strong", { class: response.ok ? "good" : "bad" }, `${response.status} ${response.statusText}`),
      ` in ${milliseconds} ms`,
    ),
    element("pre", { class: "headers", tabindex: "0", "aria-label": "Headers of the response" },
      [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n")),
  ];
  if (text) {
    const body = isJson ? indented(text) : text;
    shown.push(element("pre", { class: "body", tabindex: "0", "aria-label": "Body of the response" }, body));
  }
  const tokens = response.ok && isJson ? JSON.parse(text) : {};
  if (tokens.token || tokens.access_token) {
    shown.push(element("p", {}, button("Use this access token", () => use(tokens, "this response"))));
  }
  return shown;
}

function responses(root, operation) {
  const items = Object.entries(operation.responses).map(([status, of]) => {
    const response = resolved(root, of);
    const schema = Object.values(response.content ?? {})[0]?.schema;
    const list = schema ? memberList(root, schema) : undefined;
    const text = [element("strong", {}, status), " ", ...prose(response.description)];
    return element(
      "li",
      {},
      list ? element("details", {}, element("summary", {}, text), list) : element("p", {}, text),
    );
  });
  return element("section", { class: "responses" }, element("h3", {}, "Responses"), element("ul", {}, items));
}
