// The page of the API: the operations of the OpenAPI document, by their tags.

import { showCredentials } from "./credentials.js";
import { element, prose } from "./elements.js";
import { operationElement } from "./operation.js";
import { resolved } from "./schema.js";

const METHODS = ["get", "post", "put", "patch", "delete"];

/// The operations with this tag, in the order of the document.
function tagged(root, tag) {
  return Object.entries(root.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]?.tags?.includes(tag)).map((method) => {
      const operation = item[method];
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])];
      return { ...operation, path, method, parameters: parameters.map((it) => resolved(root, it)) };
    }),
  );
}

function group(root, { name, description }) {
  const operations = tagged(root, name);
  if (!operations.length) return undefined;
  const id = `group-${name.toLowerCase().replace(/\W+/g, "-")}`;
  const section = element(
    "section",
    { class: "card group", "aria-labelledby": id },
    element("h2", { id }, name),
    description ? element("p", { class: "hint" }, prose(description)) : undefined,
    operations.map((operation) => operationElement(root, operation)),
  );
  const links = operations.map(({ operationId, method, path }) =>
    element(
      "li",
      { "data-operation": operationId },
      element("a", { href: `#${operationId}` }, element("span", { class: `verb ${method}` }, method), path),
    ),
  );
  const contents = element("details", { open: true }, element("summary", {}, name), element("ul", {}, links));
  return { section, contents };
}

/// Shows the operations that contain a text, in path, summary or id.
function filter(text) {
  const wanted = text.trim().toLowerCase();
  for (const details of document.querySelectorAll(".operation")) {
    const isFound = `${details.querySelector("summary").textContent} ${details.id}`.toLowerCase().includes(wanted);
    details.hidden = !isFound;
    document.querySelector(`[data-operation="${details.id}"]`).hidden = !isFound;
  }
  for (const section of document.querySelectorAll(".group")) {
    section.hidden = !section.querySelector(".operation:not([hidden])");
  }
}

/// Opens the operation that the URL names.
function openNamed() {
  const details = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (details?.matches(".operation")) {
    details.open = true;
    details.scrollIntoView();
    details.querySelector("summary").focus({ preventScroll: true });
  }
}

async function show() {
  const place = document.getElementById("operations");
  try {
    const root = await (await fetch("openapi.json", { credentials: "omit" })).json();
    document.getElementById("version").textContent = root.info.version;
    document.getElementById("description").replaceChildren(...prose(root.info.description));
    const groups = root.tags.map((tag) => group(root, tag)).filter(Boolean);
    place.replaceChildren(...groups.map(({ section }) => section));
    document.getElementById("contents").replaceChildren(...groups.map(({ contents }) => contents));
    openNamed();
  } catch (error) {
    place.replaceChildren(element("p", { class: "summary", role: "alert" }, `Cannot load the OpenAPI document: ${error.message}`));
  }
}

showCredentials(document.getElementById("credentials"));
document.getElementById("filter").addEventListener("input", (event) => filter(event.target.value));
addEventListener("hashchange", openNamed);
show();
