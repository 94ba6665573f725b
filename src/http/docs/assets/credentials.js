// The credentials of the page: in memory alone, and gone with it.

import { button, element, field } from "./elements.js";

/// Nothing that is not here is sent, and nothing is stored: the cookies of this browser are left out.
const PLAIN = { credentials: "omit", cache: "no-store", redirect: "manual" };

let tokens;
let client;
const listeners = [];

/// The access token, refreshed if it has expired; `undefined` without one.
export async function accessToken() {
  if (tokens?.refresh && Date.now() >= tokens.expires) {
    const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token: tokens.refresh });
    const response = await fetch("token", { ...PLAIN, method: "POST", body });
    if (!response.ok) {
      forget("The session has ended: log in again.");
      return undefined;
    }
    const refreshed = await response.json();
    use({ ...refreshed, token: refreshed.access_token }, tokens.name);
  }
  return tokens?.access;
}

/// The value of `Authorization` for an OAuth client; `undefined` without one.
export function clientAuthorization() {
  if (!client) return undefined;
  const encoded = [client.id, client.secret].map(encodeURIComponent).join(":");
  return `Basic ${btoa(encoded)}`;
}

/// Which credentials there are.
export function available() {
  return { token: Boolean(tokens), client: Boolean(client) };
}

/// Calls `listener` after each change.
export function onChange(listener) {
  listeners.push(listener);
}

/// Takes the tokens of a response.
export function use(response, name) {
  tokens = {
    access: response.token ?? response.access_token,
    refresh: response.refresh_token,
    expires: Date.now() + (response.expires_in ?? Infinity) * 1000,
    name,
  };
  changed();
}

function forget(message) {
  tokens = undefined;
  changed(message);
}

function changed(message) {
  for (const listener of listeners) listener(message);
}

/// Shows the credentials, and the forms to enter them.
export function showCredentials(place) {
  const state = element("div", { class: "state" });
  const status = element("p", { role: "status", class: "outcome" });
  const login = loginForm(status);
  const more = element(
    "details",
    { class: "more" },
    element("summary", {}, "Another access token, or an OAuth client"),
    tokenForm(status),
    clientForm(status),
  );
  place.append(state, login, more, status);
  const show = (message) => {
    status.textContent = message ?? "";
    status.className = message ? "outcome fault" : "outcome";
    login.hidden = Boolean(tokens);
    state.replaceChildren(...held());
  };
  onChange(show);
  show();
  addEventListener("pagehide", () => {
    client = undefined;
    forget();
  });
}

function held() {
  const rows = [];
  if (tokens) {
    const leave = tokens.refresh ? button("Log out", logOut) : button("Forget", () => forget());
    rows.push(element("p", {}, "Access token of ", element("strong", {}, tokens.name), " ", leave));
  }
  if (client) {
    const leave = button("Forget", () => {
      client = undefined;
      changed();
    });
    rows.push(element("p", {}, "OAuth client ", element("strong", {}, client.id), " ", leave));
  }
  return rows;
}

async function logOut() {
  const token = tokens.access;
  forget();
  await fetch("logout", { ...PLAIN, method: "POST", headers: { Authorization: `Bearer ${token}` } });
}

function loginForm(status) {
  const email = element("input", { id: "login-email", type: "email", autocomplete: "username", required: true });
  const password = element("input", {
    id: "login-password",
    type: "password",
    autocomplete: "current-password",
    required: true,
  });
  const submit = async (event) => {
    event.preventDefault();
    const body = new URLSearchParams({ email: email.value, password: password.value });
    try {
      const response = await fetch("login", { ...PLAIN, method: "POST", body });
      const answer = await response.json();
      if (!response.ok) throw new Error(answer.message);
      password.value = "";
      use(answer, email.value);
    } catch (error) {
      status.className = "outcome fault";
      status.textContent = error.message;
    }
  };
  return element(
    "form",
    { class: "row", submit, novalidate: true },
    field("E-mail address", email),
    field("Password", password),
    element("button", { class: "main" }, "Log in"),
  );
}

function tokenForm() {
  const input = element("input", { id: "pasted-token", type: "password", autocomplete: "off", required: true });
  const submit = (event) => {
    event.preventDefault();
    if (input.value.trim()) use({ token: input.value.trim() }, "the field");
    input.value = "";
  };
  return element(
    "form",
    { class: "row", submit },
    field("Access token", input),
    element("button", {}, "Use it"),
  );
}

function clientForm() {
  const id = element("input", { id: "client-id", type: "text", autocomplete: "off", required: true });
  const secret = element("input", { id: "client-secret", type: "password", autocomplete: "off", required: true });
  const submit = (event) => {
    event.preventDefault();
    client = { id: id.value, secret: secret.value };
    secret.value = "";
    changed();
  };
  return element(
    "form",
    { class: "row", submit },
    field("ID of an OAuth client", id),
    field("Its secret", secret),
    element("button", {}, "Use it"),
  );
}
