// One request: from the fields of a form to the response.

import { accessToken, clientAuthorization } from "./credentials.js";

const HIDDEN = "•••";

/// The request of an operation, with the values of its form. `authorization` is that of a security scheme.
export function build(operation, values, mediaType, authorization) {
  let path = operation.path;
  const query = new URLSearchParams();
  for (const { in: place, name } of operation.parameters) {
    const value = values.parameters[name] ?? "";
    if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
    else if (place === "query" && value !== "") query.append(name, value);
  }
  if (query.size) path += `?${query}`;
  const headers = {};
  if (authorization) headers.Authorization = authorization;
  return {
    method: operation.method.toUpperCase(),
    url: new URL(path.replace(/^\//, ""), document.baseURI),
    headers,
    fields: mediaType ? values.fields : undefined,
    mediaType,
    secrets: values.secrets,
  };
}

/// The value of `Authorization` by a security scheme, or what stands for it.
export async function authorizationBy(scheme) {
  if (scheme === "oauth_client") return clientAuthorization();
  if (scheme !== "bearer" && scheme !== "bare_token") return undefined;
  const token = await accessToken();
  return token && (scheme === "bearer" ? `Bearer ${token}` : token);
}

/// Sends a request: the response with its text, and the time that it took.
export async function send(request) {
  const { method, headers, fields, mediaType } = request;
  const options = { method, headers: { ...headers }, cache: "no-store", redirect: "manual" };
  options.credentials = request.withCookies ? "same-origin" : "omit";
  if (fields) {
    options.body = body(fields, mediaType);
    // The browser adds that of a form, with its boundary.
    if (mediaType === "application/json") options.headers["Content-Type"] = mediaType;
  }
  const start = performance.now();
  const response = await fetch(request.url, options);
  const text = await response.text();
  return { response, text, milliseconds: Math.round(performance.now() - start) };
}

function body(fields, mediaType) {
  if (mediaType === "application/json") return JSON.stringify(fields);
  const form = mediaType === "multipart/form-data" ? new FormData() : new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

/// The request as a command of curl; without `isWhole`, what is secret is hidden.
export function curl(request, isWhole) {
  const { method, url, headers, fields, mediaType, secrets } = request;
  const lines = [];
  const isForm = mediaType === "application/x-www-form-urlencoded";
  const isImplied = method === (fields ? "POST" : "GET");
  lines.push(`curl${isImplied ? "" : ` -X ${method}`} ${quoted(url.href)}`);
  for (const [name, value] of Object.entries(headers)) {
    const shown = isWhole ? value : value.replace(/\S+$/, HIDDEN);
    lines.push(`-H ${quoted(`${name}: ${shown}`)}`);
  }
  const shownFields = Object.entries(fields ?? {}).map(([name, value]) => {
    return [name, !isWhole && value && secrets.includes(name) ? HIDDEN : value];
  });
  if (fields && mediaType === "application/json") {
    lines.push(`--json ${quoted(JSON.stringify(Object.fromEntries(shownFields)))}`);
  } else if (fields) {
    const flag = isForm ? "--data-urlencode" : "--form-string";
    for (const [name, value] of shownFields) lines.push(`${flag} ${quoted(`${name}=${value}`)}`);
  }
  return lines.join(" \\\n  ");
}

/// A word of a POSIX shell.
function quoted(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
