// Draws the OpenAPI document of this server as a page. Text goes in as text, never as markup.

const METHODS = ["get", "post", "put", "patch", "delete"];

/** Make an element: el("p.quiet", "text", child, ...) */
function el(selector, ...children) {
  const [tag, ...classes] = selector.split(".");
  const node = document.createElement(tag);
  node.className = classes.join(" ");
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Turn `backticks` into code elements. */
function prose(text) {
  return text.split("`").map((part, index) => (index % 2 ? el("code", part) : part));
}

function link(href, ...children) {
  const node = el("a", ...children);
  node.href = href;
  return node;
}

function table(selector, heads, rows) {
  const head = el("thead", el("tr", ...heads.map((text) => el("th", text))));
  const body = el("tbody", ...rows.map((cells) => el("tr", ...cells.map((cell) => el("td", ...[cell].flat())))));
  return el("div.scroll", el(selector, head, body));
}

function operationsOf(openapi) {
  return Object.entries(openapi.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => {
      const operation = item[method];
      return { path, method, ...operation, id: operation.operationId, tag: operation.tags[0] };
    }),
  );
}

function resolve(openapi, schema) {
  const name = schema?.$ref?.split("/").pop();
  return name ? openapi.components.schemas[name] : schema;
}

/** Name a type in a few words: text, list of text (1 to 5), true or false ... */
function typeName(openapi, schema) {
  const kind = resolve(openapi, schema.anyOf?.find((option) => option.type !== "null") ?? schema);
  if (kind.const !== undefined) return JSON.stringify(kind.const);
  if (kind.enum) return kind.enum.map((value) => JSON.stringify(value)).join(" or ");
  if (kind.type === "array") {
    const range = kind.maxItems ? ` (${kind.minItems ?? 0} to ${kind.maxItems})` : "";
    return `list of ${typeName(openapi, kind.items)}${range}`;
  }
  if (kind.format === "byte") return "base64";
  if (kind.format === "binary") return "file";
  return { string: "text", integer: "whole number", boolean: "true or false" }[kind.type] ?? kind.type;
}

function fieldTable(openapi, schema) {
  const fields = Object.entries(schema.properties ?? {});
  const required = new Set(schema.required ?? []);
  const sorted = fields.sort(([a], [b]) => required.has(b) - required.has(a));
  const rows = sorted.map(([name, field]) => [
    [el("code", name), " ", required.has(name) ? el("span.required", "required") : ""],
    typeName(openapi, field),
    prose(field.description ?? ""),
  ]);
  return table("table", ["Field", "Type", ""], rows);
}

function curl(operation) {
  const here = new URL(operation.path.replace(/^\//, ""), document.baseURI).href;
  const content = operation.requestBody?.content ?? {};
  const method = operation.method === "get" ? "" : `-X ${operation.method.toUpperCase()} `;
  const cookie = operation.security || operation.id === "sign_out" ? "-b cookies.txt " : "";
  if (!content["multipart/form-data"]) return `curl ${method}${cookie}${here}`;
  const example = content["application/json"]?.example ?? {};
  const parts = Object.entries(example).map(([name, value]) =>
    name === "image" ? "-F image=@me.jpg" : `-F ${name}=${value}`,
  );
  const jar = operation.id === "sign_in" ? " -c cookies.txt" : "";
  return `curl ${parts.join(" ")}${jar} \\\n  ${here}`;
}

function parameterPart(openapi, operation) {
  if (!operation.parameters?.length) return [];
  const rows = operation.parameters.map((parameter) => [
    el("code", parameter.name),
    typeName(openapi, parameter.schema),
    prose(parameter.description ?? ""),
  ]);
  return [el("h3", "Query"), table("table", ["Name", "Type", ""], rows)];
}

function requestPart(openapi, operation) {
  const content = operation.requestBody?.content;
  if (!content) return [];
  return Object.entries(content).flatMap(([mediaType, { schema, example }]) => {
    const fields = fieldTable(openapi, resolve(openapi, schema));
    if (mediaType !== "application/json") {
      return [el("details", el("summary", "Or as ", el("code", mediaType)), fields)];
    }
    return [el("h3", "Body, as ", el("code", mediaType)), fields, el("pre", JSON.stringify(example, null, 2))];
  });
}

function answerPart(openapi, operation) {
  const successes = Object.entries(operation.responses).filter(([status]) => status < "400");
  return successes.flatMap(([status, answer]) => {
    const schema = answer.content?.["application/json"]?.schema;
    const title = el("h3", "Answer ", el("span.status", status), schema ? "" : ", no body");
    return schema ? [title, fieldTable(openapi, resolve(openapi, schema))] : [title];
  });
}

function errorPart(operation) {
  const rows = Object.entries(operation.responses).flatMap(([status, answer]) => {
    const examples = answer.content?.["application/json"]?.examples ?? {};
    return Object.entries(examples).map(([code, { value }]) => [
      el("span.status.failed", status),
      el("code", code),
      value.message,
    ]);
  });
  const heads = ["Status", "Code", "Message"];
  return el("details", el("summary", `Refusals (${rows.length})`), table("table.errors", heads, rows));
}

function article(openapi, operation) {
  const method = el(`span.method.${operation.method}`, operation.method.toUpperCase());
  const node = el(
    "article",
    el("h2", method, el("span.path", operation.path)),
    el("p.summary", operation.summary),
    operation.description ? el("p", ...prose(operation.description)) : null,
    operation.security ? el("p.needs", "Needs the session cookie.") : null,
    ...parameterPart(openapi, operation),
    ...requestPart(openapi, operation),
    el("h3", "Try it"),
    el("pre", curl(operation)),
    ...answerPart(openapi, operation),
    errorPart(operation),
  );
  node.id = operation.id;
  return node;
}

function contents(operations) {
  const tags = [...new Set(operations.map((operation) => operation.tag))];
  return tags.flatMap((tag) => {
    const items = operations
      .filter((operation) => operation.tag === tag)
      .map(({ id, method, path }) =>
        el("li", link(`#${id}`, el(`span.method.${method}`, method.toUpperCase()), el("span.path", path))),
      );
    return [el("h2", tag), el("ul", ...items)];
  });
}

/** Whoever reads by keyboard or by ear begins where they came for. */
function arrive(place) {
  place.tabIndex = -1;
  place.focus();
}

function draw(openapi) {
  const operations = operationsOf(openapi);
  const { title, description } = openapi.info;
  document.getElementById("title").replaceChildren(`${title} API`);
  document.getElementById("description").replaceChildren(...prose(description));
  document.getElementById("contents").replaceChildren(...contents(operations));
  document.getElementById("operations").replaceChildren(...operations.map((one) => article(openapi, one)));
  arrive(document.getElementById(location.hash.slice(1)) ?? document.getElementById("title"));
}

try {
  const answer = await fetch("openapi.json");
  if (!answer.ok) throw new Error(`openapi.json: ${answer.status}`);
  draw(await answer.json());
} catch (error) {
  document.getElementById("description").textContent = `The description could not be loaded (${error.message}).`;
}
