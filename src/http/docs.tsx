import type { Child } from "hono/jsx";
import { htmlPage } from "./layout.tsx";
import type { JsonSchema, OpenApiDocument } from "./openapi.ts";
import type { OperationObject, ParameterObject, ResponseObject } from "./openapi-parts.ts";

/** The reference for people, written from the OpenAPI document alone, so that the two cannot differ. */
export function docsPage(document: OpenApiDocument): Response {
  const content = (
    <>
      <h1>
        {document.info.title} <span class="soft">{document.info.version}</span>
      </h1>
      <p>{document.info.description}</p>
      <p>
        For programs: <a href="/openapi.json">openapi.json</a>. Errors are problem details (RFC 9457) with a
        stable code.
      </p>
      <nav aria-label="Calls">{calls(document).map(navLine)}</nav>
      {calls(document).map((call) => callSection(call))}
      <h2>Events to your own address</h2>
      <p>An operator registers the address. Everything else about them: docs/events.md of the project.</p>
      {events(document).map((call) => callSection(call))}
      <h2>Shapes</h2>
      {Object.entries(document.components.schemas).map(([name, schema]) => shapeSection(name, schema))}
    </>
  );
  return htmlPage(200, `${document.info.title} reference`, content);
}

type Call = { path: string; method: string; operation: OperationObject };

function calls({ paths }: OpenApiDocument): Call[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
}

function events({ webhooks }: OpenApiDocument): Call[] {
  return Object.entries(webhooks).map(([path, { post }]) => ({ path, method: "POST", operation: post }));
}

function navLine({ path, method, operation }: Call) {
  return (
    <p>
      <a href={`#${operation.operationId}`}>
        <span class="method">{method}</span> <code>{path}</code>
      </a>{" "}
      <span class="soft">{operation.summary}</span>
    </p>
  );
}

function callSection({ path, method, operation }: Call) {
  const { operationId, summary, description, security, parameters, requestBody, responses } = operation;
  return (
    <section class="call" id={operationId}>
      <h2>{summary}</h2>
      <p>
        <span class="method">{method}</span> <code>{path}</code>
      </p>
      {description === undefined ? null : <p>{description}</p>}
      {security === undefined ? null : (
        <p class="soft">
          Needs <code>Authorization: Bearer &lt;client id&gt;.&lt;secret&gt;</code>
        </p>
      )}
      {parameters === undefined
        ? null
        : table(["Parameter", "In", "Meaning"], parameters.map(parameterCells))}
      {requestBody === undefined ? null : <h3>Body</h3>}
      {requestBody === undefined ? null : content(requestBody.content)}
      {Object.entries(responses).map(([status, response]) => responseBlock(status, response))}
    </section>
  );
}

function parameterCells({ name, in: place, required, description }: ParameterObject): Child[] {
  return [<code>{name}</code>, place, `${description}${required ? "" : " (optional)"}`];
}

function responseBlock(status: string, response: ResponseObject) {
  return (
    <>
      <h3>
        {status} <span class="soft">{response.description}</span>
      </h3>
      {response.content === undefined ? null : content(response.content)}
    </>
  );
}

/** Two examples at most: the rest is in the document, and the page has to be read by people. */
function content(types: NonNullable<ResponseObject["content"]>) {
  return Object.entries(types).map(([type, { schema, examples }]) => (
    <>
      <p class="soft">
        {type} {shapeLink(schema)}
      </p>
      {Object.values(examples ?? {})
        .slice(0, 2)
        .map(({ value }) => (
          <pre>{JSON.stringify(value, null, 2)}</pre>
        ))}
    </>
  ));
}

function shapeLink({ $ref }: JsonSchema) {
  const name = typeof $ref === "string" ? $ref.split("/").at(-1) : undefined;
  return name === undefined ? null : <a href={`#shape-${name}`}>{name}</a>;
}

function shapeSection(name: string, schema: JsonSchema) {
  const properties = (schema["properties"] ?? {}) as Record<string, JsonSchema>;
  const required = new Set(schema["required"] as string[] | undefined);
  return (
    <section id={`shape-${name}`}>
      <h3>{name}</h3>
      {table(
        ["Field", "Form", "Meaning"],
        Object.entries(properties).map(([field, s]) => [
          <code>{field}</code>,
          formOf(s),
          `${typeof s["description"] === "string" ? s["description"] : ""}${required.has(field) ? "" : " (optional)"}`,
        ]),
      )}
    </section>
  );
}

/** A schema in a few words: `string, 1 to 64 characters`. */
function formOf(schema: JsonSchema): string {
  if (Array.isArray(schema["enum"])) return schema["enum"].join(", ");
  if ("const" in schema) return JSON.stringify(schema["const"]);
  if (Array.isArray(schema["anyOf"])) return schema["anyOf"].map((s) => formOf(s as JsonSchema)).join(" or ");
  const named = schema["format"] ?? schema["type"];
  const type = typeof named === "string" ? named : "any";
  return [
    type,
    range(schema, "minLength", "maxLength", "characters"),
    range(schema, "minimum", "maximum", ""),
  ]
    .filter((part) => part !== "")
    .join(", ");
}

/** zod writes the bounds of a safe integer, which say nothing to a reader. */
function range(schema: JsonSchema, min: string, max: string, unit: string): string {
  const [low, high] = [schema[min], schema[max]];
  if (typeof low !== "number" || typeof high !== "number" || high >= Number.MAX_SAFE_INTEGER) return "";
  return `${low} to ${high} ${unit}`.trim();
}

function table(heads: string[], rows: Child[][]) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            {heads.map((head) => (
              <th scope="col">{head}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells) => (
            <tr>
              {cells.map((cell) => (
                <td>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
