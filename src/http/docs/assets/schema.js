// The schemas of the OpenAPI document.

import { element, prose } from "./elements.js";

/// What a reference (`$ref`) of the document leads to; anything else is itself.
export function resolved(root, thing) {
  let found = thing;
  while (found?.$ref) {
    const path = found.$ref.replace(/^#\//, "").split("/");
    found = path.reduce((at, key) => at[key.replaceAll("~1", "/").replaceAll("~0", "~")], root);
  }
  return found;
}

/// The members of an object, those of `allOf` too: `[name, schema, is required]`.
export function members(root, schema) {
  const whole = single(root, schema);
  const parts = [whole, ...(whole.allOf ?? []).map((part) => resolved(root, part))];
  return parts.flatMap((part) =>
    Object.entries(part.properties ?? {}).map(([name, of]) => {
      return [name, resolved(root, of), (part.required ?? []).includes(name)];
    }),
  );
}

/// The schema itself where it may be `null`, too.
export function single(root, schema) {
  const found = resolved(root, schema);
  const others = (found.oneOf ?? []).filter((part) => resolved(root, part).type !== "null");
  return others.length === 1 ? resolved(root, others[0]) : found;
}

/// The types of a schema.
export function types(schema) {
  return [schema.type ?? []].flat();
}

/// An example of a schema.
export function example(root, schema) {
  const it = single(root, schema);
  if (it.example !== undefined) return it.example;
  if (it.examples?.length) return it.examples[0];
  if (it.enum?.length) return it.enum[0];
  const found = members(root, it);
  if (found.length) {
    return Object.fromEntries(found.map(([name, of]) => [name, example(root, of)]));
  }
  if (it.oneOf) return example(root, it.oneOf[0]);
  const [type] = types(it);
  if (type === "array") return it.items ? [example(root, it.items)] : [];
  if (it.format === "date-time") return "2026-11-23T20:15:00Z";
  return { integer: it.minimum ?? 0, number: 0, boolean: false, object: {} }[type] ?? "…";
}

/// The members of a schema as a list, with those inside of them.
export function memberList(root, schema) {
  const it = single(root, schema);
  if (types(it).includes("array")) return memberList(root, it.items ?? {});
  const alternatives = it.oneOf?.length ? it.oneOf : [it];
  const found = alternatives.flatMap((part) => members(root, part));
  if (!found.length) return undefined;
  const items = found.map(([name, of, required]) =>
    element(
      "li",
      {},
      element("code", {}, name),
      " ",
      element("span", { class: "type" }, description(root, of)),
      required ? " required" : "",
      of.description ? element("p", { class: "hint" }, prose(of.description)) : undefined,
      memberList(root, of),
    ),
  );
  return element("ul", { class: "members" }, items);
}

/// Type, format and limits in words.
export function description(root, schema) {
  const it = single(root, schema);
  const names = types(schema).length ? types(schema) : types(it);
  const parts = [names.join(" or ") || (it.oneOf ? "one of several" : "any")];
  if (it.items) parts[0] += ` of ${description(root, it.items)}`;
  if (it.format && !["int32", "int64", "password"].includes(it.format)) parts.push(it.format);
  if (it.enum) parts.push(it.enum.map((value) => `"${value}"`).join(", "));
  if (it.minimum !== undefined) parts.push(`from ${it.minimum}`);
  if (it.maximum !== undefined) parts.push(`to ${it.maximum}`);
  if (it.maxLength !== undefined) parts.push(`at most ${it.maxLength} characters`);
  if (it.pattern) parts.push(it.pattern);
  return parts.join(", ");
}
